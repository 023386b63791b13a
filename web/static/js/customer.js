/* A customer's page: the card at the left, the story at its side. */

import { api } from "./api.js";
import { Facts, saver, StateChoice, Story } from "./customer/card.js";
import { Contacts } from "./customer/contacts.js";
import { EditText } from "./customer/inplace.js";
import { t } from "./i18n.js";
import { data } from "./page.js";
import { ActionButton, html, Icon, Initials, KIND_WORDS, render, toast, useState } from "./parts.js";
import { day } from "./time.js";

function CustomerPage() {
  const [customer, changed] = useState(data.customer);
  const save = saver(customer, changed);
  const archive = async () => {
    const path = `/customers/${customer.id}`;
    const what = customer.archived ? "restore" : "archive";
    changed(await api.post(`${path}/${what}`));
    if (what === "archive") toast(t("Archived."), "good", () => void api.post(`${path}/restore`).then(changed));
  };
  return html`
    <p class="crumbs"><a href="/customers">${t("Customers")}</a><${Icon} name="chevron-right" /><span class="cut">${customer.name}</span></p>
    <div class="card-head">
      <${Initials} name=${customer.name} kind=${customer.kind} />
      <div class="card-who"><h1 class="card-name"><${EditText} label=${t("Name")} value=${customer.name} may=${customer.may.edit} needed save=${(/** @type {string} */ name) => save({ name })} /></h1>
        <p class="small faint">${KIND_WORDS[customer.kind]} · ${t("known since {day}", { day: day(customer.created_at) })}${customer.archived ? ` · ${t("archived")}` : ""}</p></div>
      <${StateChoice} customer=${customer} changed=${changed} />
      ${customer.may.archive && html`<${ActionButton} class="quiet" icon=${customer.archived ? "archive-restore" : "archive"} action=${archive}>${customer.archived ? t("Restore") : t("Archive")}</${ActionButton}>`}
    </div>
    <div class="record record-customer">
      <section class="panel facts-panel stack" aria-label=${t("Facts")}>
        <${Facts} customer=${customer} changed=${changed} />
        <${Contacts} customer=${customer} changed=${changed} level="h2" />
      </section>
      <section class="panel facts-panel" aria-label=${t("Timeline")}><${Story} customerId=${customer.id} first=${data.timeline} /></section>
    </div>`;
}

render(html`<${CustomerPage} />`, /** @type {HTMLElement} */ (document.getElementById("content")));
