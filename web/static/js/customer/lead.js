/* Nobody matches the number: a lead in four fields, linked to the call. */

import { api } from "../api.js";
import { t } from "../i18n.js";
import { ActionButton, FaultLine, Field, html, KIND_WORDS, useRef, useState } from "../parts.js";
import { FindCustomer } from "./choose.js";

/** A name as the network gave it, without the marks nobody can type: line ends, turns of direction. @param {string} name */
const plain = (name) => name.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, " ").trim();

/** @param {{callId: string, name: string, number: string, made: (customer: any) => void, choose: (card: any) => void}} props */
export function QuickLead({ callId, name, number, made, choose }) {
  const [lead, setLead] = useState({ kind: "person", name: plain(name), note: "" });
  const [fault, setFault] = useState(/** @type {any} */ (null));
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const set = (/** @type {string} */ field) => (/** @type {any} */ event) => setLead({ ...lead, [field]: event.target.value });
  const save = async () => {
    if (!form.current?.reportValidity()) return;
    const body = Object.fromEntries(Object.entries(lead).map(([key, value]) => [key, value.trim()]).filter(([, value]) => value));
    made(await api.make(`/calls/${callId}/lead`, body));
  };
  const wrong = (/** @type {string} */ field) => fault?.field?.(field) ?? "";
  const shown = fault && !(fault.problem?.errors?.length > 0);
  return html`<div class="lead stack">
    <div><h3>${t("New to us")}</h3><p class="soft">${number ? t("Nobody has the number {number} yet.", { number }) : t("The caller shows no number.")}</p></div>
    <form class="lead-form" ref=${form} onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <fieldset class="choice" aria-label=${t("Kind")}>
        ${Object.entries(KIND_WORDS).map(([kind, word]) => html`<label><input type="radio" name="kind" value=${kind} checked=${lead.kind === kind} onChange=${set("kind")} />${word}</label>`)}
      </fieldset>
      <${Field} label=${t("Name")} fault=${wrong("name")}>${(/** @type {string} */ id, /** @type {any} */ rest) => html`<input class="input" id=${id} required maxlength="200" autocomplete="off" value=${lead.name} onInput=${set("name")} ...${rest} />`}</${Field}>
      <${Field} label=${t("About them")} fault=${wrong("note")}>${(/** @type {string} */ id, /** @type {any} */ rest) => html`<textarea class="input" id=${id} maxlength="4000" value=${lead.note} onInput=${set("note")} ...${rest}></textarea>`}</${Field}>
      ${shown && html`<${FaultLine} fault=${fault} />`}
      <div><${ActionButton} class="primary" icon="user-plus" action=${save} onFault=${setFault} type="submit">${t("Save lead")}</${ActionButton}></div>
    </form>
    <${FindCustomer} choose=${choose} />
  </div>`;
}
