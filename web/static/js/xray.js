/* The x-ray of a call: a lane for each channel, a row for each event, time down the side. */

import { t } from "./i18n.js";
import { duration } from "./time.js";
import { Empty, html, Icon, useState } from "./parts.js";

/** What an event is called by people; the PBX's own detail stands beside it. */
const WORDS = {
  "channel-created": t("Channel opens"),
  "channel-changed": t("Channel changes"),
  "channel-ended": t("Channel closes"),
  "dial-began": t("Rings"),
  "dial-ended": t("Ringing ends"),
  "bridge-entered": t("Connected"),
  "bridge-left": t("Disconnected"),
  "hold-began": t("On hold"),
  "hold-ended": t("Taken back"),
  "queue-joined": t("Joins the queue"),
  "queue-left": t("Leaves the queue"),
  "queue-abandoned": t("Gives up waiting"),
  "blind-transferred": t("Transferred"),
  "attended-transferred": t("Transferred after asking"),
  "channel-renamed": t("Channel renamed"),
  "local-bridged": t("Joined inside the PBX"),
  "queue-agent-called": t("Queue rings an agent"),
  "queue-agent-connected": t("Agent takes the call"),
  "queue-agent-missed": t("Agent did not take it"),
  "queue-agent-completed": t("Agent is done"),
  "recording-began": t("Recording begins"),
  "recording-ended": t("Recording ends"),
  "originate-ended": t("Click-to-call ends"),
  "dialplan-signalled": t("Signal of the dialplan"),
};

/** A long wait between two rows is drawn as one quiet line. */
const GAP_MS = 2000;

/** @param {number} ms */
function offset(ms) {
  const minutes = Math.floor(ms / 60000);
  const seconds = ((ms % 60000) / 1000).toFixed(3).padStart(6, "0");
  return `+${minutes}:${seconds}`;
}

/** @param {string} label */
const shortChannel = (label) => label.replace(/^([^/]+\/.+)-[0-9a-f]{6,}(;\d)?$/i, "$1$2");

/** When each lane is alive: from its first row to its last. @param {any} ladder */
function lives(ladder) {
  /** @type {Map<string, [number, number]>} */
  const spans = new Map();
  ladder.steps.forEach((/** @type {any} */ step, /** @type {number} */ row) => {
    for (const id of [step.lane, step.to]) {
      if (!id) continue;
      const span = spans.get(id);
      if (span) span[1] = row;
      else spans.set(id, [row, row]);
    }
  });
  return spans;
}

/** @param {[number, number] | undefined} span @param {number} row */
function alive(span, row) {
  if (!span || row < span[0] || row > span[1]) return null;
  if (span[0] === span[1]) return null;
  return row === span[0] ? "starts" : row === span[1] ? "ends" : "true";
}

/** @param {{step: any, row: number, lanes: any[], spans: Map<string, [number, number]>, raw: boolean}} props */
function Row({ step, row, lanes, spans, raw }) {
  const from = lanes.findIndex((lane) => lane.id === step.lane);
  const to = lanes.findIndex((lane) => lane.id === step.to);
  const arrow = from >= 0 && to >= 0 && from !== to;
  const [left, right] = from < to ? [from, to] : [to, from];
  const span = right - left + 1;
  return html`<div class="ladder-row" role="row" title=${`${step.type} ${step.text}`}>
    <span class="ladder-time" role="cell">${offset(step.offset_ms)}</span>
    ${lanes.map(
      (lane, index) => html`<span key=${lane.id} class="ladder-cell" role="cell" data-role=${lane.role} data-alive=${alive(spans.get(lane.id), row)} style=${{ gridColumn: index + 2, gridRow: 1 }}>
        ${(index === from || index === to) && html`<i class="ladder-dot"></i>`}</span>`,
    )}
    ${arrow && html`<i class="ladder-arrow" aria-hidden="true" data-back=${to < from ? "true" : null} style=${{ gridColumn: `${left + 2} / span ${span}`, "--span": span }}></i>`}
    <span class="ladder-text" role="cell" style=${{ gridColumn: lanes.length + 2, gridRow: 1 }}><b>${WORDS[step.type] ?? step.type}</b>${raw ? html`<code class="faint">${step.text}</code>` : html`<span class="faint cut">${step.text}</span>`}</span>
  </div>`;
}

/** @param {{ladder: any, live: boolean}} props */
export function Xray({ ladder, live }) {
  const [raw, setRaw] = useState(false);
  const { lanes, steps } = ladder;
  const head = html`<div class="panel-head"><h2>${t("X-ray")}</h2>
    ${steps.length > 0 && html`<label class="check small"><input type="checkbox" checked=${raw} onChange=${() => setRaw(!raw)} />${t("Whole details")}</label>`}</div>`;
  if (!steps.length) {
    return html`<section class="panel">${head}<${Empty} icon="activity" name=${live ? t("The call goes on") : t("No events were kept")}>
      <p>${live ? t("Its x-ray stands here when it has ended.") : t("This call was filled in from the PBX’s records.")}</p></${Empty}></section>`;
  }
  const spans = lives(ladder);
  /** @type {any[]} */
  const rows = [];
  steps.forEach((/** @type {any} */ step, /** @type {number} */ row) => {
    const quiet = row > 0 ? step.offset_ms - steps[row - 1].offset_ms : 0;
    if (quiet >= GAP_MS) rows.push(html`<div class="ladder-gap" role="row" key=${`gap ${row}`}><span role="cell">${t("{duration} later", { duration: quiet < 60000 ? `${(quiet / 1000).toFixed(1)} s` : duration(quiet / 1000) })}</span></div>`);
    rows.push(html`<${Row} key=${step.n} step=${step} row=${row} lanes=${lanes} spans=${spans} raw=${raw} />`);
  });
  return html`<section class="panel">${head}
    <div class="xray" tabindex="0" role="region" aria-label=${t("X-ray")}>
      <div class="ladder" data-whole=${raw ? "true" : null} role="table" aria-label=${t("Events of the call")} style=${{ "--lanes": lanes.length }}>
        <div class="ladder-row ladder-head" role="row">
          <span class="ladder-time" role="columnheader">${t("Time")}</span>
          ${lanes.map((/** @type {any} */ lane) => html`<span key=${lane.id} class="ladder-lane" role="columnheader" data-role=${lane.role} title=${`${lane.label} ${lane.id}`}>
            <${Icon} name=${{ customer: "user", agent: "headset", service: "settings" }[/** @type {"customer"} */ (lane.role)] ?? "phone"} /><span>${shortChannel(lane.label)}</span></span>`)}
          <span class="ladder-text" role="columnheader">${t("What happened")}</span>
        </div>
        ${rows}
      </div>
    </div></section>`;
}
