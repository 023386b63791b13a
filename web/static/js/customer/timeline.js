/* Lists of what was between us and somebody: calls and notes, newest first. */

import { CallNumber } from "../dial.js";
import { t } from "../i18n.js";
import { callerName, DIRECTION_WORDS, directionIcon, Empty, html, Icon, ResultBadge, unanswered } from "../parts.js";
import { duration, Moment } from "../time.js";

/** @param {any} call */
const sentence = (call) => (call.kind === "note" ? t("Note") : unanswered(call) ? t("Missed call") : { inbound: t("Call from them"), outbound: t("Call to them") }[call.direction] ?? DIRECTION_WORDS[call.direction]);

/** One customer's story. @param {{items: any[]}} props */
export function Timeline({ items }) {
  if (!items.length) return html`<${Empty} icon="history" name=${t("Nothing yet")}><p>${t("Calls and notes of this customer are listed here by themselves.")}</p></${Empty}>`;
  return html`<ol class="timeline">
    ${items.map(
      (item) => html`<li key=${item.id}>
        <span class="timeline-mark" data-tone=${unanswered(item) ? "bad" : null}><${Icon} name=${directionIcon(item)} /></span>
        <div class="timeline-what">
          ${item.kind === "note" ? html`<b>${sentence(item)}</b>` : html`<a class="link strong" href=${`/calls/${item.id}`}>${sentence(item)}</a>`}
          <span class="small faint">${[item.user?.name ?? item.user_name, item.queue, item.talk_s ? duration(item.talk_s) : ""].filter(Boolean).join(" · ")}</span>
        </div>
        <span class="small faint"><${Moment} at=${item.started_at} /></span>
        ${item.notes && html`<p class="timeline-note soft">${item.notes}</p>`}
      </li>`,
    )}
  </ol>`;
}

/** My own calls, dense: one row each. @param {{calls: any[]}} props */
export function CallList({ calls }) {
  return html`<ol class="call-list">
    ${calls.map(
      (call) => html`<li key=${call.id}>
        <span class="timeline-mark" data-tone=${unanswered(call) ? "bad" : null}><${Icon} name=${directionIcon(call)} /></span>
        <div class="timeline-what"><a class="link strong cut" href=${`/calls/${call.id}`}>${callerName(call)}</a>
          <span class="small faint cut">${[call.queue, call.talk_s ? duration(call.talk_s) : "", call.notes].filter(Boolean).join(" · ")}</span></div>
        <${ResultBadge} call=${call} />
        <span class="small faint call-list-when"><${Moment} at=${call.started_at} /></span>
        ${call.number ? html`<${CallNumber} number=${call.number} display=${call.display} class="link number call-list-number" />` : html`<span></span>`}
      </li>`,
    )}
  </ol>`;
}
