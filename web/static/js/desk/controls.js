/* What an agent does with the call he is in. Every control has a key, shown in its tooltip; a fault
   stands where it happened. */

import { api } from "../api.js";
import { t } from "../i18n.js";
import { bind } from "../keys.js";
import { page } from "../page.js";
import { ActionButton, FaultLine, html, Icon, useEffect, useLayoutEffect, useRef, useState } from "../parts.js";

const DIGITS = [..."123456789*0#"];

/** @param {{callId: string, done: () => void, onFault: (fault: any) => void}} props */
function Transfer({ callId, done, onFault }) {
  const [to, setTo] = useState("");
  const [asking, setAsking] = useState(false);
  const [people, setPeople] = useState(/** @type {any[]} */ ([]));
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useLayoutEffect(() => field.current?.focus(), []); // the agent asked for it, and types on at once
  useEffect(() => {
    api.get("/directory").then((found) => setPeople(found.items), onFault);
  }, []);
  const wanted = to.trim().toLowerCase();
  const shown = people.filter((each) => each.extension && each.id !== page.me.id && (!wanted || each.name.toLowerCase().includes(wanted) || each.extension.startsWith(wanted))).slice(0, 6);
  const target = /^[+\d]/.test(wanted) ? to.trim() : shown[0]?.extension;
  const send = async (/** @type {string} */ how, /** @type {string | undefined} */ whom) => {
    if (!whom) return;
    await api.post(`/calls/${callId}/${how}`, { to: whom });
    if (how === "transfer") done();
    else setAsking(true);
  };
  if (asking) {
    return html`<div class="controls-more stack-tight">
      <p class="soft">${t("You speak with {to} first. Hang up to hand the call over.", { to })}</p>
      <${ActionButton} icon="undo-2" action=${async () => { await api.post(`/calls/${callId}/cancel-transfer`); done(); }} onFault=${onFault}>${t("Back to the caller")}</${ActionButton}>
    </div>`;
  }
  return html`<form class="controls-more stack-tight" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); send("transfer", target).catch(onFault); }}>
    <label class="label" for="transfer-to">${t("Transfer to a colleague or number")}</label>
    <input class="input" id="transfer-to" ref=${field} autocomplete="off" maxlength="40" value=${to} onInput=${(/** @type {any} */ event) => setTo(event.target.value)}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && done()} />
    <ul class="people">
      ${shown.map((each) => html`<li key=${each.id}><button type="button" class="menu-row" onClick=${() => setTo(each.extension)}><${Icon} name="user" /><span class="cut">${each.name}</span><span class="faint number">${each.extension}</span></button></li>`)}
    </ul>
    <div class="row">
      <${ActionButton} class="primary" icon="phone-forwarded" action=${() => send("transfer", target)} onFault=${onFault} disabled=${!target}>${t("Transfer")}</${ActionButton}>
      <${ActionButton} icon="ear" action=${() => send("attended-transfer", target)} onFault=${onFault} disabled=${!target}>${t("Ask first")}</${ActionButton}>
    </div>
  </form>`;
}

/** @param {{callId: string, onFault: (fault: any) => void}} props */
function Keypad({ callId, onFault }) {
  const [sent, setSent] = useState("");
  const press = (/** @type {string} */ digit) => {
    setSent((before) => before + digit);
    api.post(`/calls/${callId}/digits`, { digits: digit }).catch(onFault);
  };
  return html`<div class="controls-more">
    <p class="keypad-sent number" aria-live="polite">${sent || "\u00a0"}</p>
    <div class="keypad">${DIGITS.map((digit) => html`<button type="button" class="button" onClick=${() => press(digit)}>${digit}</button>`)}</div>
  </div>`;
}

/** @param {{callId: string}} props */
export function Controls({ callId }) {
  const [held, setHeld] = useState(false);
  const [muted, setMuted] = useState(false);
  const [recording, setRecording] = useState(/** @type {"off" | "on" | "paused"} */ ("off"));
  const [open, setOpen] = useState(/** @type {"" | "transfer" | "keypad"} */ (""));
  const [fault, setFault] = useState(/** @type {any} */ (null));
  const at = `/calls/${callId}`;

  const hold = async () => { await api.post(`${at}/${held ? "unhold" : "hold"}`); setHeld(!held); };
  const mute = async () => { await api.post(`${at}/mute`, { on: !muted }); setMuted(!muted); };
  const park = () => api.post(`${at}/park`);
  const hangUp = () => api.post(`${at}/hangup`);
  const record = async () => {
    const next = recording === "on" ? "paused" : "on";
    await api.post(`${at}/recording`, { action: { off: "start", on: "pause", paused: "resume" }[recording] });
    setRecording(next);
  };
  const toggle = (/** @type {"transfer" | "keypad"} */ what) => setOpen(open === what ? "" : what);

  // Keys find the newest closures through this.
  const does = useRef(/** @type {Record<string, () => any>} */ ({}));
  does.current = { hold, mute, hangUp, transfer: () => toggle("transfer"), keypad: () => toggle("keypad") };
  useLayoutEffect(() => {
    const run = (/** @type {string} */ what) => async () => {
      setFault(null);
      try { await does.current[what](); } catch (error) { setFault(error); }
    };
    const ends = [
      bind("Alt+H", t("Hold, or take back"), run("hold")),
      bind("Alt+M", t("Mute, or speak"), run("mute")),
      bind("Alt+T", t("Transfer"), run("transfer")),
      bind("Alt+K", t("Keypad"), run("keypad")),
      bind("Alt+X", t("Hang up"), run("hangUp")),
    ];
    return () => ends.forEach((end) => end());
  }, [callId]);

  return html`<div class="controls" role="group" aria-label=${t("Call control")}>
    <${ActionButton} icon=${held ? "play" : "pause"} action=${hold} onFault=${setFault} aria-pressed=${String(held)} title="Alt+H">${held ? t("Take back") : t("Hold")}</${ActionButton}>
    <${ActionButton} icon=${muted ? "mic" : "mic-off"} action=${mute} onFault=${setFault} aria-pressed=${String(muted)} title="Alt+M">${muted ? t("Unmute") : t("Mute")}</${ActionButton}>
    <button type="button" class="button" aria-expanded=${String(open === "transfer")} title="Alt+T" onClick=${() => toggle("transfer")}><${Icon} name="phone-forwarded" />${t("Transfer")}</button>
    <button type="button" class="button" aria-expanded=${String(open === "keypad")} title="Alt+K" onClick=${() => toggle("keypad")}><${Icon} name="grid-3x3" />${t("Keypad")}</button>
    <${ActionButton} icon="circle-parking" action=${park} onFault=${setFault}>${t("Park")}</${ActionButton}>
    <${ActionButton} icon=${recording === "on" ? "pause" : "circle-dot"} action=${record} onFault=${setFault} aria-pressed=${String(recording === "on")}>
      ${{ off: t("Record"), on: t("Pause recording"), paused: t("Record on") }[recording]}</${ActionButton}>
    <${ActionButton} class="danger hang-up" icon="phone-off" action=${hangUp} onFault=${setFault} title="Alt+X">${t("Hang up")}</${ActionButton}>
    ${fault && html`<${FaultLine} fault=${fault} />`}
    ${open === "transfer" && html`<${Transfer} callId=${callId} done=${() => setOpen("")} onFault=${setFault} />`}
    ${open === "keypad" && html`<${Keypad} callId=${callId} onFault=${setFault} />`}
  </div>`;
}
