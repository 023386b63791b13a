/* Who changed what, newest first. For administrators. */

import { t } from "./i18n.js";
import { ListTable, useList } from "./list.js";
import { data } from "./page.js";
import { Empty, html, render } from "./parts.js";
import { Moment } from "./time.js";

const HEAD = html`<th class="fit">${t("When")}</th><th>${t("Who")}</th><th>${t("What")}</th><th>${t("Of")}</th><th>${t("Details")}</th>`;

/** @param {any} entry */
const row = (entry) => html`<tr key=${entry.id}>
  <td class="fit"><${Moment} at=${entry.at} /></td><td>${entry.user?.name ?? html`<span class="faint">${t("the system")}</span>`}</td>
  <td><code>${entry.action}</code></td><td class="soft">${entry.target}</td>
  <td class="wide-only"><div class="note-cell cut">${Object.entries(entry.details).map(([key, value]) => `${key}: ${value}`).join(" · ")}</div></td></tr>`;

function AuditTrail() {
  const list = useList("/audit", {}, data.audit);
  const empty = html`<${Empty} icon="shield" name=${t("Nothing was changed yet")}><p>${t("Changes of customers, users and rights are kept here.")}</p></${Empty}>`;
  return html`<${ListTable} list=${list} head=${HEAD} row=${row} empty=${empty} columns=${5} name=${t("Audit")} />`;
}

render(html`<${AuditTrail} />`, /** @type {HTMLElement} */ (document.getElementById("list")));
