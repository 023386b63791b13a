/* A customer's card: who, how to reach, what is known, what was before. Facts are edited where they stand. */

import { api } from "../api.js";
import { CallNumber } from "../dial.js";
import { t, tn } from "../i18n.js";
import { ActionButton, Badge, CUSTOMER_STATE_WORDS, FaultLine, html, Icon, Initials, KIND_WORDS, Skeleton, useEffect, useState } from "../parts.js";
import { Contacts } from "./contacts.js";
import { EditText } from "./inplace.js";
import { Timeline } from "./timeline.js";

/** A customer by his id, as a component's state. @param {string} id */
export function useCustomer(id) {
  const [state, set] = useState(/** @type {{customer: any, fault: any}} */ ({ customer: null, fault: null }));
  const load = () => api.get(`/customers/${id}`).then((customer) => set({ customer, fault: null }), (fault) => set({ customer: null, fault }));
  useEffect(() => { set({ customer: null, fault: null }); void load(); }, [id]);
  return { ...state, again: load, set: (/** @type {any} */ customer) => set({ customer, fault: null }) };
}

/** Saves one field; what somebody else changed meanwhile is shown instead, and told. @param {any} customer @param {(customer: any) => void} changed */
export const saver = (customer, changed) => async (/** @type {Record<string, any>} */ fields) => {
  try {
    changed(await api.patch(`/customers/${customer.id}`, { version: customer.version, ...fields }));
  } catch (fault) {
    const { problem } = /** @type {any} */ (fault);
    if (problem?.code === "conflict" && problem.current) changed(problem.current);
    throw fault;
  }
};

/** @param {{customer: any, changed: (customer: any) => void, highlight?: string, fault: (fault: any) => void}} props */
function Phones({ customer, changed, highlight, fault }) {
  const [adding, setAdding] = useState(false);
  const add = async (/** @type {string} */ number) => {
    setAdding(false);
    if (!number) return;
    const phone = await api.make(`/customers/${customer.id}/phones`, { number });
    changed({ ...customer, phones: [...customer.phones, phone] });
  };
  return html`<div class="phones">
    ${customer.phones.map((/** @type {any} */ phone) => html`<span key=${phone.id} class="phone" data-now=${phone.e164 === highlight ? "true" : null}><${CallNumber} number=${phone.e164 || phone.raw} display=${phone.display} />${phone.label && html` <span class="small faint">${phone.label}</span>`}</span>`)}
    ${customer.may.edit && (adding
      ? html`<${EditText} label=${t("New number")} value="" type="tel" open save=${add} cancel=${() => setAdding(false)} />`
      : html`<button type="button" class="button quiet small" onClick=${() => { fault(null); setAdding(true); }}><${Icon} name="plus" />${t("Number")}</button>`)}
  </div>`;
}

/** @param {{customer: any, changed: (customer: any) => void, highlight?: string}} props */
export function Facts({ customer, changed, highlight }) {
  const [fault, setFault] = useState(/** @type {any} */ (null));
  const save = saver(customer, changed);
  const { edit } = customer.may;
  return html`${fault && html`<${FaultLine} fault=${fault} />`}
    <dl class="facts card-facts">
      <dt>${t("Phone")}</dt><dd><${Phones} customer=${customer} changed=${changed} highlight=${highlight} fault=${setFault} /></dd>
      <dt>${t("E-mail")}</dt><dd><${EditText} label=${t("E-mail")} value=${customer.email ?? ""} type="email" may=${edit} save=${(/** @type {string} */ email) => save({ email })} /></dd>
      <dt>${t("About")}</dt><dd><${EditText} label=${t("About")} value=${customer.note ?? ""} long may=${edit} save=${(/** @type {string} */ note) => save({ note })} /></dd>
      ${Object.entries(customer.properties).map(([key, value]) => html`<dt key=${key}>${key}</dt><dd>${String(value)}</dd>`)}
      ${customer.tags.length > 0 && html`<dt>${t("Tags")}</dt><dd class="row">${customer.tags.map((/** @type {string} */ tag) => html`<span class="chip" key=${tag}>${tag}</span>`)}</dd>`}
      <dt>${t("Owner")}</dt><dd>${customer.owner?.name ?? html`<span class="faint">${t("nobody")}</span>`}${customer.team && html` <span class="faint">· ${customer.team.name}</span>`}</dd>
    </dl>`;
}

/** @param {{customer: any, changed: (customer: any) => void}} props */
export function StateChoice({ customer, changed }) {
  if (!customer.may.edit) return html`<${Badge} state=${customer.state} word=${CUSTOMER_STATE_WORDS[customer.state]} />`;
  const save = saver(customer, changed);
  return html`<span class="state-choice"><${Badge} state=${customer.state} word=${html`${CUSTOMER_STATE_WORDS[customer.state]}<${Icon} name="chevron-down" />`} />
    <select aria-label=${t("State")} value=${customer.state} onChange=${(/** @type {any} */ event) => save({ state: event.target.value }).catch(() => (event.target.value = customer.state))}>
      ${Object.entries(CUSTOMER_STATE_WORDS).map(([state, word]) => html`<option value=${state}>${word}</option>`)}
    </select></span>`;
}

/** The notes and calls before, newest first, a page at a time. @param {{customerId: string, early?: any[] | null, first?: any, tick?: any}} props */
export function Story({ customerId, early = null, first = null, tick = null }) {
  const [items, setItems] = useState(/** @type {any[] | null} */ (first?.items ?? (early?.length ? early : null)));
  const [next, setNext] = useState(/** @type {string | null} */ (first?.next ?? null));
  const [fault, setFault] = useState(/** @type {any} */ (null));
  const [note, setNote] = useState("");
  const load = (/** @type {string | null} */ cursor) =>
    api.get(`/customers/${customerId}/timeline`, { cursor, limit: 20 }).then((found) => {
      setItems((old) => (cursor ? [...(old ?? []), ...found.items] : found.items));
      setNext(found.next);
      setFault(null);
    }, setFault);
  useEffect(() => { if (!first || tick) void load(null); }, [customerId, tick]);
  const add = async () => {
    if (!note.trim()) return;
    const made = await api.make(`/customers/${customerId}/notes`, { text: note.trim() });
    setItems((old) => [made, ...(old ?? [])]);
    setNote("");
  };
  return html`<div class="story">
    <form class="note-form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); add().catch(setFault); }}>
      <input class="input" aria-label=${t("New note about this customer")} placeholder=${t("Note about this customer")} maxlength="4000" value=${note} onInput=${(/** @type {any} */ event) => setNote(event.target.value)} />
      ${note.trim() && html`<button class="button">${t("Add")}</button>`}
    </form>
    ${fault && html`<${FaultLine} fault=${fault} retry=${() => load(null)} />`}
    ${items ? html`<${Timeline} items=${items} />` : !fault && html`<${Skeleton} lines=${6} />`}
    ${next && html`<div class="pager"><${ActionButton} class="small" action=${() => load(next)}>${t("Older")}</${ActionButton}></div>`}
  </div>`;
}

/** The whole card. @param {{customer: any, changed: (customer: any) => void, highlight?: string, early?: any[] | null, wrong?: (() => void) | null, tick?: any}} props */
export function Card({ customer, changed, highlight, early, wrong, tick }) {
  const save = saver(customer, changed);
  return html`<article class="card">
    <header class="card-head">
      <${Initials} name=${customer.name} kind=${customer.kind} />
      <div class="card-who">
        <h3 class="card-name"><${EditText} label=${t("Name")} value=${customer.name} may=${customer.may.edit} needed save=${(/** @type {string} */ name) => save({ name })} /></h3>
        <p class="small faint">${KIND_WORDS[customer.kind]}${customer.archived ? ` · ${t("archived")}` : ""}</p>
      </div>
      <${StateChoice} customer=${customer} changed=${changed} />
      <a class="button quiet icon-only" href=${`/customers/${customer.id}`} aria-label=${t("Open the customer’s page")} title=${t("Open the customer’s page")}><${Icon} name="arrow-up-right" /></a>
    </header>
    <${Facts} customer=${customer} changed=${changed} highlight=${highlight} />
    <${Contacts} customer=${customer} changed=${changed} highlight=${highlight} />
    ${wrong && html`<p class="small"><button type="button" class="link" onClick=${wrong}>${t("It is somebody else")}</button></p>`}
    <h3 class="card-part">${t("Before")}</h3>
    <${Story} key=${customer.id} customerId=${customer.id} early=${early} tick=${tick} />
  </article>`;
}
