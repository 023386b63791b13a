/* The components that pages share. Text only ever becomes text nodes. */

import { t } from "./i18n.js";
import { html, useEffect, useRef, useState } from "./vendor/preact-htm.js";

export { html, render, useEffect, useRef, useState, useMemo, useCallback, useLayoutEffect } from "./vendor/preact-htm.js";

const sprite = new URL("../icons.svg", import.meta.url).pathname;

/** @param {{name: string}} props */
export function Icon({ name }) {
  return html`<svg class="icon" aria-hidden="true"><use href=${`${sprite}#${name}`} /></svg>`;
}

/** Words for what a call came to, in the person's language. */
export const RESULT_WORDS = {
  answered: t("Answered"),
  missed: t("Missed"),
  abandoned: t("Abandoned"),
  busy: t("Busy"),
  "no-answer": t("No answer"),
  failed: t("Failed"),
  unknown: t("Unknown"),
};

export const STATE_WORDS = {
  ringing: t("Ringing"),
  dialling: t("Dialling"),
  talking: t("Talking"),
  hold: t("On hold"),
  ended: t("Ended"),
  live: t("Live"),
};

export const PHONE_WORDS = {
  unavailable: t("Phone offline"),
  idle: t("Phone free"),
  ringing: t("Ringing"),
  "in-use": t("On a call"),
  busy: t("Busy"),
  "on-hold": t("On hold"),
  unknown: t("Phone unknown"),
};

export const CUSTOMER_STATE_WORDS = { lead: t("Lead"), active: t("Active"), former: t("Former") };
export const KIND_WORDS = { organisation: t("Organisation"), person: t("Person") };
export const ROLE_WORDS = { agent: t("Agent"), supervisor: t("Supervisor"), manager: t("Manager"), admin: t("Administrator") };
export const DIRECTION_WORDS = { inbound: t("Inbound"), outbound: t("Outbound"), internal: t("Internal") };

/** A state: its colour and shape come from `state`, its word from `word`. @param {{state: string, word: any}} props */
export function Badge({ state, word }) {
  return html`<span class="badge" data-state=${state}>${word}</span>`;
}

/** @param {{call: any}} props */
export function ResultBadge({ call }) {
  if (call.live) return html`<${Badge} state="live" word=${STATE_WORDS.live} />`;
  const result = call.result ?? "unknown";
  return html`<${Badge} state=${result} word=${RESULT_WORDS[result] ?? result} />`;
}

/** Two letters of a name. @param {string} name */
export function initialsOf(name) {
  const words = name.normalize("NFC").split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const shown = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return shown.map((word) => [...word][0].toUpperCase()).join("") || "?";
}

/** @param {{name: string, kind?: string, small?: boolean}} props */
export function Initials({ name, kind, small = false }) {
  return html`<span class=${`initials${small ? " small" : ""}`} data-kind=${kind} aria-hidden="true">${initialsOf(name)}</span>`;
}

/** Whose call: an arrow for its direction, coloured when nobody came. @param {{call: any}} props */
export function directionIcon(call) {
  if (call.kind === "note") return "sticky-note";
  if (["missed", "abandoned"].includes(call.result)) return "phone-missed";
  return { inbound: "phone-incoming", outbound: "phone-outgoing", internal: "arrow-right" }[call.direction] ?? "phone";
}

/** @param {any} call */
export const unanswered = (call) => ["missed", "abandoned"].includes(call.result);

/** What a caller is called: the customer, else the name the network gave, else the number. @param {any} call */
export const callerName = (call) => call.customer?.name || call.name || call.display || call.number_raw || call.number || t("Unknown number");

/** @param {{icon: string, name: string, children?: any}} props */
export function Empty({ icon, name, children }) {
  return html`<div class="empty"><${Icon} name=${icon} /><p class="empty-name">${name}</p>${children}</div>`;
}

/** Shapes while something loads; they show after 200 ms. @param {{lines?: number}} props */
export function Skeleton({ lines = 4 }) {
  return html`<div class="skeleton" role="status" aria-label=${t("Loading")}>${Array.from({ length: lines }, () => html`<i></i>`)}</div>`;
}

/** What happened, what to do. @param {{fault: Error, retry?: () => void}} props */
export function FaultLine({ fault, retry }) {
  return html`<div class="line" data-tone="bad" role="alert">
    <${Icon} name="circle-alert" /><span>${fault.message}</span>
    ${retry && html`<button class="button small" type="button" onClick=${retry}>${t("Try again")}</button>`}
  </div>`;
}

/**
 * A button that does something elsewhere: busy while it runs, its fault beside it.
 * @param {{action: () => Promise<any>, icon?: string, class?: string, title?: string, disabled?: boolean, onFault?: (fault: any) => void, children?: any}} props
 */
export function ActionButton({ action, icon, class: kind = "", onFault, children, ...rest }) {
  const [busy, setBusy] = useState(false);
  const run = async () => {
    if (busy) return;
    setBusy(true);
    onFault?.(null);
    try {
      await action();
    } catch (fault) {
      if (onFault) onFault(fault);
      else toast(/** @type {Error} */ (fault).message, "bad");
    } finally {
      setBusy(false);
    }
  };
  return html`<button type="button" class=${`button ${kind}`} aria-busy=${busy ? "true" : null} onClick=${run} ...${rest}>
    ${icon && html`<${Icon} name=${busy ? "loader-circle" : icon} />`}${children}
  </button>`;
}

let fields = 0;

/**
 * A field with its label; what is wrong with it stands below.
 * @param {{label: string, help?: string, fault?: string, children: (id: string, rest: any) => any}} props
 */
export function Field({ label, help, fault, children }) {
  const [id] = useState(() => `field-${++fields}`);
  const told = fault || help ? `${id}-told` : null;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${children(id, { "aria-describedby": told, "aria-invalid": fault ? "true" : null })}
    ${fault ? html`<p class="fault" id=${told}>${fault}</p>` : help && html`<p class="help" id=${told}>${help}</p>`}
  </div>`;
}

/** A dialog that is open as long as it is drawn. @param {{name: string, close: () => void, children?: any}} props */
export function Dialog({ name, close, children }) {
  const ref = useRef(null);
  useEffect(() => {
    const dialog = /** @type {HTMLDialogElement} */ (/** @type {unknown} */ (ref.current));
    if (!dialog.open) dialog.showModal();
    return () => dialog.close();
  }, []);
  return html`<dialog class="dialog" ref=${ref} aria-label=${name} onCancel=${(/** @type {Event} */ event) => { event.preventDefault(); close(); }}>
    <div class="dialog-head">
      <h2>${name}</h2>
      <button class="button quiet icon-only" type="button" aria-label=${t("Close")} onClick=${close}><${Icon} name="x" /></button>
    </div>
    ${children}
  </dialog>`;
}

/**
 * A word at the foot of the page that goes by itself; with `undo` it can be taken back.
 * @param {string} text @param {"good" | "bad"} [tone] @param {(() => void) | null} [undo]
 */
export function toast(text, tone = "good", undo = null) {
  const host = document.querySelector(".toasts");
  if (!host) return;
  const item = document.createElement("div");
  item.className = "toast";
  item.dataset.tone = tone;
  const mark = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  mark.setAttribute("class", "icon");
  mark.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${tone === "bad" ? "circle-alert" : "circle-check"}`);
  mark.append(use);
  const word = document.createElement("span");
  word.textContent = text;
  item.append(mark, word);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet small";
  button.textContent = undo ? t("Undo") : t("Close");
  button.addEventListener("click", () => {
    undo?.();
    item.remove();
  });
  item.append(button);
  host.append(item);
  setTimeout(() => item.remove(), undo || tone === "bad" ? 9000 : 5000);
}
