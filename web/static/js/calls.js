/* The call log: filters, search, endless scroll, export. */

import { address } from "./api.js";
import { CallNumber } from "./dial.js";
import { t } from "./i18n.js";
import { keepInAddress, ListTable, useList } from "./list.js";
import { can, data, page } from "./page.js";
import { callerName, DIRECTION_WORDS, directionIcon, Empty, html, Icon, render, RESULT_WORDS, ResultBadge, unanswered, useEffect, useRef, useState } from "./parts.js";
import { duration, Moment } from "./time.js";

const DAYS = { 1: t("Today"), 7: t("7 days"), 30: t("30 days") };

/** @param {number} days */
function sinceDays(days) {
  const at = new Date();
  at.setHours(0, 0, 0, 0);
  at.setDate(at.getDate() - days + 1);
  return at.toISOString();
}

/** @param {{filters: any, change: (more: any) => void, clear: () => void}} props */
function Filters({ filters, change, clear }) {
  const [text, setText] = useState(filters.q ?? "");
  const timer = useRef(0);
  const type = (/** @type {string} */ value) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => change({ q: value.trim() }), 220);
  };
  const select = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ all, /** @type {[string, string][]} */ options) => html`<div class="field">
    <label for=${`by-${name}`}>${label}</label>
    <select class="input" id=${`by-${name}`} value=${filters[name] ?? ""} onChange=${(/** @type {any} */ event) => change({ [name]: event.target.value })}>
      <option value="">${all}</option>${options.map(([value, word]) => html`<option value=${value}>${word}</option>`)}
    </select></div>`;
  const days = Object.keys(DAYS).find((each) => filters.since === sinceDays(Number(each))) ?? (filters.since ? "other" : "");
  const active = Object.values(filters).some(Boolean);
  return html`<form class="filters" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <div class="field wide"><label for="by-q">${t("Name or number")}</label>
      <input class="input" id="by-q" type="search" autocomplete="off" maxlength="100" value=${text} onInput=${(/** @type {any} */ event) => type(event.target.value)} /></div>
    <div class="field"><label for="by-since">${t("When")}</label>
      <select class="input" id="by-since" value=${days} onChange=${(/** @type {any} */ event) => change({ since: event.target.value ? sinceDays(Number(event.target.value)) : "" })}>
        <option value="">${t("Any time")}</option>${Object.entries(DAYS).map(([value, word]) => html`<option value=${value}>${word}</option>`)}
        ${days === "other" && html`<option value="other" disabled>${t("Since another day")}</option>`}
      </select></div>
    ${select("direction", t("Direction"), t("Both ways"), Object.entries(DIRECTION_WORDS))}
    ${select("result", t("Result"), t("Any result"), Object.entries(RESULT_WORDS))}
    ${data.queues.length > 0 && select("queue", t("Queue"), t("All queues"), data.queues.map((/** @type {string} */ name) => [name, name]))}
    ${data.users.length > 1 && select("user", t("Agent"), t("Everybody"), [["me", t("Me")], ...data.users.filter((/** @type {any} */ each) => each.id !== page.me.id).map((/** @type {any} */ each) => [each.id, each.name])])}
    ${active && html`<button type="button" class="button quiet" onClick=${() => { setText(""); clear(); }}><${Icon} name="x" />${t("Clear")}</button>`}
  </form>`;
}

const HEAD = html`<th class="fit"><span class="spoken">${t("Direction")}</span></th><th>${t("Who")}</th><th>${t("Number")}</th><th>${t("Result")}</th><th>${t("Queue")}</th><th>${t("Agent")}</th><th class="end">${t("Waited")}</th><th class="end">${t("Talked")}</th><th>${t("Notes")}</th><th class="end">${t("When")}</th>`;

/** @param {any} call */
function row(call) {
  const open = () => location.assign(`/calls/${call.id}`);
  return html`<tr key=${call.id} class="calls-row" tabindex="0" onClick=${open}>
    <td class="fit"><span class="direction" data-tone=${unanswered(call) ? "bad" : null} title=${DIRECTION_WORDS[call.direction]}><${Icon} name=${directionIcon(call)} /><span class="spoken">${DIRECTION_WORDS[call.direction]}</span></span></td>
    <td class="grow"><a class="link strong who cut" href=${`/calls/${call.id}`} tabindex="-1" onClick=${(/** @type {Event} */ event) => event.stopPropagation()}>${callerName(call)}</a></td>
    <td class="fold-number">${call.number ? html`<${CallNumber} number=${call.number} display=${call.display} />` : html`<span class="number faint">${call.number_raw}</span>`}</td>
    <td class="fit"><${ResultBadge} call=${call} /></td>
    <td class="fit wide-only">${call.queue ?? ""}</td>
    <td class="wide-only cut">${call.user?.name ?? ""}</td>
    <td class="end fit wide-only">${call.wait_s ? duration(call.wait_s) : ""}</td>
    <td class="end fit wide-only">${call.talk_s ? duration(call.talk_s) : ""}</td>
    <td class="wide-only"><div class="note-cell cut">${call.recovered && html`<span class="chip" title=${t("Filled in from the PBX’s records after an outage")}>${t("recovered")}</span> `}${call.notes}</div></td>
    <td class="end fit faint fold-when"><${Moment} at=${call.started_at} /></td>
  </tr>`;
}

function Calls() {
  const [filters, setFilters] = useState({ ...data.filters });
  const list = useList("/calls", { ...filters, kind: "call" }, { ...data.calls, items: data.calls.items.filter((/** @type {any} */ each) => each.kind === "call") });
  const first = useRef(true);
  useEffect(() => {
    if (first.current) { first.current = false; return; }
    keepInAddress(filters);
    void list.ask({ ...filters, kind: "call" });
  }, [filters]);
  const change = (/** @type {any} */ more) => setFilters((old) => ({ ...old, ...more }));
  const filtered = Object.values(filters).some(Boolean);
  const empty = filtered
    ? html`<${Empty} icon="search" name=${t("No call matches")}><p>${t("Take a filter away, or search for fewer letters.")}</p></${Empty}>`
    : html`<${Empty} icon="history" name=${t("No calls yet")}><p>${t("Every call in and out is logged here by itself, as soon as it rings.")}</p></${Empty}>`;
  useEffect(() => {
    const actions = document.getElementById("actions");
    if (actions && can("calls:export")) render(html`<a class="button" href=${address("/calls.csv", { ...filters, kind: "call" })} download><${Icon} name="download" />${t("Export CSV")}</a>`, actions);
  }, [filters]);
  return html`<div class="stack"><${Filters} filters=${filters} change=${change} clear=${() => setFilters({})} />
    <${ListTable} list=${list} head=${HEAD} row=${row} empty=${empty} columns=${10} name=${t("Calls")} /></div>`;
}

render(html`<${Calls} />`, /** @type {HTMLElement} */ (document.getElementById("list")));
