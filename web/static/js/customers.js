/* The customers: search, filter, add. */

import { api } from "./api.js";
import { t } from "./i18n.js";
import { keepInAddress, ListTable, useList } from "./list.js";
import { can, data } from "./page.js";
import { ActionButton, Badge, CUSTOMER_STATE_WORDS, Dialog, Empty, FaultLine, Field, html, Icon, Initials, KIND_WORDS, render, useEffect, useRef, useState } from "./parts.js";
import { Moment } from "./time.js";

/** @param {{close: () => void}} props */
function NewCustomer({ close }) {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [fault, setFault] = useState(/** @type {any} */ (null));
  const save = async () => {
    if (!form.current?.reportValidity()) return;
    const { kind, name, number, email, note } = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form.current)));
    const made = await api.make("/customers", { kind, name, email, note, phones: number.trim() ? [{ number }] : [] });
    location.assign(`/customers/${made.id}`);
  };
  const field = (/** @type {string} */ name, /** @type {string} */ label, /** @type {any} */ more = {}) =>
    html`<${Field} label=${label} fault=${fault?.field?.(name)}>${(/** @type {string} */ id, /** @type {any} */ rest) => html`<input class="input" id=${id} name=${name} maxlength="200" autocomplete="off" ...${more} ...${rest} />`}</${Field}>`;
  return html`<${Dialog} name=${t("New customer")} close=${close}>
    <form ref=${form} onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <div class="dialog-body">
        <fieldset class="choice" aria-label=${t("Kind")}>${Object.entries(KIND_WORDS).map(([kind, word], index) => html`<label><input type="radio" name="kind" value=${kind} defaultChecked=${index === 0} checked=${index === 0 || null} />${word}</label>`)}</fieldset>
        ${field("name", t("Name"), { required: true })}
        <div class="form-grid">${field("number", t("Number"), { type: "tel" })}${field("email", t("E-mail"), { type: "email" })}</div>
        <${Field} label=${t("About")}>${(/** @type {string} */ id) => html`<textarea class="input" id=${id} name="note" maxlength="4000"></textarea>`}</${Field}>
        ${fault && html`<${FaultLine} fault=${fault} />`}
      </div>
      <div class="dialog-foot"><button type="button" class="button quiet" onClick=${close}>${t("Cancel")}</button>
        <${ActionButton} class="primary" icon="check" action=${save} onFault=${setFault} type="submit">${t("Save")}</${ActionButton}></div>
    </form>
  </${Dialog}>`;
}

const HEAD = html`<th>${t("Name")}</th><th>${t("State")}</th><th>${t("E-mail")}</th><th>${t("Tags")}</th><th>${t("Owner")}</th><th class="end">${t("Changed")}</th>`;

/** @param {any} customer */
function row(customer) {
  return html`<tr key=${customer.id} tabindex="0" onClick=${() => location.assign(`/customers/${customer.id}`)}>
    <td class="grow"><span class="row name-cell"><${Initials} name=${customer.name} kind=${customer.kind} small /><a class="link strong cut" href=${`/customers/${customer.id}`} tabindex="-1">${customer.name}</a></span></td>
    <td class="fit"><${Badge} state=${customer.state} word=${CUSTOMER_STATE_WORDS[customer.state]} /></td>
    <td class="wide-only soft">${customer.email}</td>
    <td class="wide-only">${customer.tags.map((/** @type {string} */ tag) => html`<span class="chip" key=${tag}>${tag}</span> `)}</td>
    <td class="wide-only soft">${customer.owner?.name ?? ""}</td>
    <td class="end fit faint wide-only"><${Moment} at=${customer.updated_at} /></td>
  </tr>`;
}

function Customers() {
  const [filters, setFilters] = useState({ ...data.filters });
  const [text, setText] = useState(filters.q ?? "");
  const [adding, setAdding] = useState(false);
  const list = useList("/customers", filters, data.customers);
  const first = useRef(true);
  const timer = useRef(0);
  useEffect(() => {
    if (first.current) { first.current = false; return; }
    keepInAddress(filters);
    void list.ask(filters);
  }, [filters]);
  useEffect(() => {
    const actions = document.getElementById("actions");
    if (actions && can("customers:create")) render(html`<button type="button" class="button primary" onClick=${() => setAdding(true)}><${Icon} name="plus" />${t("New customer")}</button>`, actions);
  }, []);
  const change = (/** @type {any} */ more) => setFilters((old) => ({ ...old, ...more }));
  const type = (/** @type {string} */ value) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => change({ q: value.trim() }), 200);
  };
  const filtered = Object.values(filters).some(Boolean);
  const empty = filtered
    ? html`<${Empty} icon="search" name=${t("Nobody matches")}><p>${t("Take a filter away, or search for fewer letters.")}</p></${Empty}>`
    : html`<${Empty} icon="building-2" name=${t("No customers yet")}><p>${t("A caller nobody knows becomes a lead from the desk; you can also add one here.")}</p></${Empty}>`;
  return html`<div class="stack">
    <form class="filters" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <div class="field wide"><label for="by-q">${t("Name, number or e-mail")}</label><input class="input" id="by-q" type="search" autocomplete="off" maxlength="100" value=${text} onInput=${(/** @type {any} */ event) => type(event.target.value)} /></div>
      <div class="field"><label for="by-state">${t("State")}</label><select class="input" id="by-state" value=${filters.state ?? ""} onChange=${(/** @type {any} */ event) => change({ state: event.target.value })}>
        <option value="">${t("Any state")}</option>${Object.entries(CUSTOMER_STATE_WORDS).map(([state, word]) => html`<option value=${state}>${word}</option>`)}</select></div>
      <label class="check"><input type="checkbox" checked=${filters.owner === "me"} onChange=${(/** @type {any} */ event) => change({ owner: event.target.checked ? "me" : "" })} />${t("Mine")}</label>
      <label class="check"><input type="checkbox" checked=${Boolean(filters.archived)} onChange=${(/** @type {any} */ event) => change({ archived: event.target.checked || "" })} />${t("Archived")}</label>
    </form>
    <${ListTable} list=${list} head=${HEAD} row=${row} empty=${empty} columns=${6} name=${t("Customers")} />
    ${adding && html`<${NewCustomer} close=${() => setAdding(false)} />`}
  </div>`;
}

render(html`<${Customers} />`, /** @type {HTMLElement} */ (document.getElementById("list")));
