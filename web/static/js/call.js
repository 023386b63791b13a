/* One call: what it came to, who took part, its note, and its x-ray. */

import { api } from "./api.js";
import { saveWord, noteOf } from "./desk/notes.js";
import { CallNumber } from "./dial.js";
import { t } from "./i18n.js";
import { data } from "./page.js";
import { callerName, DIRECTION_WORDS, html, Icon, render, ResultBadge, useEffect, useState } from "./parts.js";
import { duration, Moment, toTheSecond, when } from "./time.js";
import { Xray } from "./xray.js";

const LOOK_MS = 1500;
const ROLE = { customer: t("Customer"), agent: t("Agent"), service: t("PBX") };

/** @param {{call: any}} props */
function Notes({ call }) {
  const note = noteOf(call.id);
  const [, redraw] = useState(0);
  useEffect(() => {
    const draw = () => redraw((n) => n + 1);
    note.watchers.add(draw);
    note.found(call.notes);
    draw();
    return () => void note.watchers.delete(draw);
  }, []);
  if (!call.may.edit) return html`<p class="timeline-note">${call.notes || html`<span class="faint">${t("No notes")}</span>`}</p>`;
  return html`<div class="field">
    <label for="notes">${t("Notes")}</label>
    <textarea class="input" id="notes" maxlength="20000" value=${note.text} aria-describedby="notes-saved" onInput=${(/** @type {any} */ event) => note.type(event.target.value)}></textarea>
    <p class="save-state" id="notes-saved" role="status" data-name=${note.state.name}>
      <${Icon} name=${{ empty: "save", saving: "loader-circle", saved: "check", unsaved: "triangle-alert" }[note.state.name]} />${saveWord(note.state)}</p>
  </div>`;
}

/** @param {{call: any}} props */
function Legs({ call }) {
  return html`<section class="panel"><div class="panel-head"><h2>${t("Legs")}</h2></div>
    <div class="legs"><table class="table" aria-label=${t("Legs")}>
      <thead><tr><th>${t("Who")}</th><th>${t("Channel")}</th><th>${t("From")}</th><th>${t("Answered")}</th><th>${t("Until")}</th><th class="end">${t("Talked")}</th><th class="end">${t("On hold")}</th></tr></thead>
      <tbody>${call.legs.map(
        (/** @type {any} */ leg) => html`<tr key=${leg.id}>
          <td><b>${ROLE[leg.role]}</b> <span class="faint">${leg.role === "agent" ? leg.endpoint : leg.name || leg.number}</span></td>
          <td><code>${leg.channel}</code></td>
          <td class="fit"><${Moment} at=${leg.created_at} as=${toTheSecond} /></td>
          <td class="fit">${leg.answered_at ? html`<${Moment} at=${leg.answered_at} as=${toTheSecond} />` : html`<span class="faint">–</span>`}</td>
          <td class="fit">${leg.ended_at ? html`<${Moment} at=${leg.ended_at} as=${toTheSecond} />` : html`<span class="faint">–</span>`}</td>
          <td class="end fit">${leg.talk_s ? duration(leg.talk_s) : ""}</td>
          <td class="end fit">${leg.hold_s ? duration(leg.hold_s) : ""}</td>
        </tr>`,
      )}</tbody>
    </table></div></section>`;
}

/** A call that goes on is looked at again until it has ended and its events are kept. */
function useLiveCall() {
  const [shown, setShown] = useState({ call: data.call, ladder: data.ladder });
  const waits = shown.call.live || (shown.call.has_ladder && !shown.ladder.steps.length);
  useEffect(() => {
    if (!waits) return undefined;
    const look = async () => {
      try {
        const call = await api.get(`/calls/${data.call.id}`);
        const ladder = call.has_ladder ? await api.get(`/calls/${data.call.id}/ladder`) : shown.ladder;
        setShown({ call, ladder });
      } catch {
        // the next look may go better; what is shown stays true
      }
    };
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [waits]);
  return shown;
}

function CallPage() {
  const { call, ladder } = useLiveCall();
  return html`
    <p class="crumbs"><a href="/calls">${t("Calls")}</a><${Icon} name="chevron-right" /><span>${when(call.started_at)}</span></p>
    <div class="page-head"><div class="row"><h1>${callerName(call)}</h1><${ResultBadge} call=${call} />${call.recovered && html`<span class="chip">${t("recovered")}</span>`}</div>
      ${call.customer && html`<a class="button" href=${`/customers/${call.customer.id}`}>${t("Open the customer’s page")}<${Icon} name="arrow-up-right" /></a>`}</div>
    <div class="record">
      <div class="record-main">
        <${Xray} ladder=${ladder} live=${call.live} />
        <${Legs} call=${call} />
      </div>
      <aside class="panel facts-panel stack" aria-label=${t("Facts")}>
        <dl class="facts">
          <dt>${t("Number")}</dt><dd>${call.number ? html`<${CallNumber} number=${call.number} display=${call.display} />` : call.number_raw || html`<span class="faint">${t("Unknown number")}</span>`}</dd>
          ${call.name && html`<dt>${t("Shown as")}</dt><dd>${call.name}</dd>`}
          <dt>${t("Direction")}</dt><dd>${DIRECTION_WORDS[call.direction]}</dd>
          ${call.queue && html`<dt>${t("Queue")}</dt><dd>${call.queue}</dd>`}
          ${call.dialled && html`<dt>${t("Dialled")}</dt><dd class="number">${call.dialled}</dd>`}
          ${call.user && html`<dt>${t("Agent")}</dt><dd>${call.user.name}</dd>`}
          <dt>${t("Started")}</dt><dd><${Moment} at=${call.started_at} /></dd>
          <dt>${t("Waited")}</dt><dd>${duration(call.wait_s)}</dd>
          <dt>${t("Talked")}</dt><dd>${duration(call.talk_s)}</dd>
          <dt>${t("On hold")}</dt><dd>${duration(call.hold_s)}</dd>
        </dl>
        <${Notes} call=${call} />
      </aside>
    </div>`;
}

render(html`<${CallPage} />`, /** @type {HTMLElement} */ (document.getElementById("content")));
