/* The people of an organisation. */

import { api } from "../api.js";
import { CallNumber } from "../dial.js";
import { t } from "../i18n.js";
import { ActionButton, Field, FaultLine, html, Icon, useRef, useState } from "../parts.js";

/** @param {{customer: any, done: (contact: any) => void, cancel: () => void}} props */
function NewContact({ customer, done, cancel }) {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [fault, setFault] = useState(/** @type {any} */ (null));
  const save = async () => {
    if (!form.current?.reportValidity()) return;
    const { name, position, number } = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form.current)));
    done(await api.make(`/customers/${customer.id}/contacts`, { name, ...(position && { position }), ...(number && { phones: [{ number }] }) }));
  };
  const field = (/** @type {string} */ name, /** @type {string} */ label, /** @type {any} */ more = {}) =>
    html`<${Field} label=${label} fault=${fault?.field?.(name)}>${(/** @type {string} */ id, /** @type {any} */ rest) => html`<input class="input" id=${id} name=${name} maxlength="200" autocomplete="off" ...${more} ...${rest} />`}</${Field}>`;
  return html`<form class="contact-form" ref=${form} onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    ${field("name", t("Name"), { required: true })}${field("position", t("Position"))}${field("number", t("Number"), { type: "tel" })}
    ${fault && !fault.problem?.errors?.length && html`<${FaultLine} fault=${fault} />`}
    <div class="row"><${ActionButton} class="primary" icon="check" action=${save} onFault=${setFault} type="submit">${t("Save")}</${ActionButton}>
      <button type="button" class="button quiet" onClick=${cancel}>${t("Cancel")}</button></div>
  </form>`;
}

/** @param {{customer: any, changed: (customer: any) => void, level?: string, highlight?: string}} props */
export function Contacts({ customer, changed, level = "h3", highlight = "" }) {
  const [adding, setAdding] = useState(false);
  if (customer.kind !== "organisation" && !customer.contacts.length) return null;
  const done = (/** @type {any} */ contact) => { setAdding(false); changed({ ...customer, contacts: [...customer.contacts, contact] }); };
  return html`<div class="contacts">
    <div class="row row-apart"><${level} class="card-part">${t("People")}</${level}>
      ${customer.may.edit && !adding && html`<button type="button" class="button quiet small" onClick=${() => setAdding(true)}><${Icon} name="user-plus" />${t("Person")}</button>`}</div>
    ${adding && html`<${NewContact} customer=${customer} done=${done} cancel=${() => setAdding(false)} />`}
    <ul class="contact-list">
      ${customer.contacts.map((/** @type {any} */ contact) => html`<li key=${contact.id}>
        <span class="contact-name"><b>${contact.name}</b>${contact.position && html` <span class="faint">${contact.position}</span>`}</span>
        <span class="row">${contact.phones.map((/** @type {any} */ phone) => html`<span key=${phone.id} class="phone" data-now=${highlight && phone.e164 === highlight ? "true" : null}><${CallNumber} number=${phone.e164 || phone.raw} display=${phone.display} /></span>`)}</span>
      </li>`)}
    </ul>
  </div>`;
}
