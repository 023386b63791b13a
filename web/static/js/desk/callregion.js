/* CALL: who rings or talks, since when, and what can be done about it. Idle: a place to dial. */

import { CallNumber, dial, mayDial } from "../dial.js";
import { t, tn } from "../i18n.js";
import { bind } from "../keys.js";
import { Badge, Field, html, Icon, RESULT_WORDS, STATE_WORDS, useLayoutEffect, useState } from "../parts.js";
import { duration, Timer } from "../time.js";
import { Controls } from "./controls.js";
import { useCall } from "./callrecord.js";
import { useDay } from "./day.js";
import { currentPop, isLive } from "./screen.js";
import { desk, useScreen } from "./store.js";

const GONE_WORDS = {
  "answered-elsewhere": t("A colleague took it"),
  "no-answer": t("Not picked up"),
  "caller-gone": t("The caller hung up"),
};

/** @param {import("./screen.js").Pop} pop */
export const popName = (pop) => (pop.customers?.length === 1 ? pop.customers[0].contact_name || pop.customers[0].name : pop.name || pop.number || t("Unknown number"));

/** @param {{pop: import("./screen.js").Pop}} props */
function State({ pop }) {
  if (pop.gone) return html`<${Badge} state="missed" word=${GONE_WORDS[pop.gone] ?? pop.gone} />`;
  if (pop.state === "ended") return html`<${Badge} state="ended" word=${STATE_WORDS.ended} />`;
  return html`<${Badge} state=${pop.state === "dialling" ? "ringing" : pop.state} word=${STATE_WORDS[pop.state] ?? pop.state} />
    <${Timer} since=${pop.state === "talking" ? pop.answered_at ?? pop.started_at : new Date(pop.rang_at_ms).toISOString()} />`;
}

/** The other calls: one click, or Alt and a number, away. @param {{screen: import("./screen.js").Screen}} props */
function Chips({ screen }) {
  useLayoutEffect(() => {
    const ends = [1, 2, 3, 4].map((n) =>
      bind(`Alt+${n}`, n === 1 ? t("Look at the first call; Alt+2 the second, and so on") : "", () => {
        const pop = desk.screen.pops[n - 1];
        if (pop) desk.look(pop.call_id);
      }, () => desk.screen.pops.length > 1),
    );
    return () => ends.forEach((end) => end());
  }, []);
  const others = screen.pops.filter((pop) => pop.call_id !== screen.current);
  if (!others.length) return null;
  others.sort((a, b) => Number(isLive(b)) - Number(isLive(a)));
  return html`<div class="call-chips" role="group" aria-label=${t("Other calls")}>
    ${others.map(
      (pop) => html`<button key=${pop.call_id} type="button" class="chip call-chip" title=${`Alt+${screen.pops.indexOf(pop) + 1}`} onClick=${() => desk.look(pop.call_id)}>
        <${Badge} state=${pop.gone ? "missed" : pop.state === "dialling" ? "ringing" : pop.state} word=${pop.gone ? t("Missed") : STATE_WORDS[pop.state]} />
        <span class="cut">${popName(pop)}</span></button>`,
    )}
  </div>`;
}

/** How a call ended, in figures. @param {{pop: import("./screen.js").Pop}} props */
function Summary({ pop }) {
  if (pop.state !== "ended" || !pop.ended_at) return null;
  const ended = Date.parse(pop.ended_at);
  return html`<dt>${t("Result")}</dt><dd>${pop.result ? RESULT_WORDS[pop.result] ?? pop.result : "–"}</dd>
    ${pop.answered_at && html`<dt>${t("Talked")}</dt><dd>${duration((ended - Date.parse(pop.answered_at)) / 1000)}</dd>`}`;
}

/** @param {{pop: import("./screen.js").Pop}} props */
function Current({ pop }) {
  const { call } = useCall(pop.call_id);
  const display = call?.number === pop.number ? call.display : pop.number;
  const name = pop.customers?.length === 1 || pop.name ? popName(pop) : display || t("Unknown number");
  const waited = pop.answered_at ? (Date.parse(pop.answered_at) - Date.parse(pop.started_at)) / 1000 : null;
  return html`<div class="call-card" data-state=${pop.gone ? "gone" : pop.state}>
    <div class="row call-state"><${State} pop=${pop} /></div>
    <p class="call-name">${name}</p>
    <p class="call-number number">${isLive(pop) ? (display === name ? t("Not in the customer base") : display || t("No number")) : html`<${CallNumber} number=${pop.number} display=${display} />`}</p>
    <dl class="facts">
      ${pop.name && pop.name !== name && html`<dt>${t("Shown as")}</dt><dd>${pop.name}</dd>`}
      ${pop.queue && html`<dt>${t("Queue")}</dt><dd>${pop.queue}</dd>`}
      ${pop.direction === "inbound" && pop.dialled && html`<dt>${t("Dialled")}</dt><dd class="number">${pop.dialled}</dd>`}
      ${waited !== null && pop.direction === "inbound" && html`<dt>${t("Waited")}</dt><dd>${duration(waited)}</dd>`}
      <${Summary} pop=${pop} />
    </dl>
    ${pop.state === "ringing" && !pop.gone && html`<p class="soft row">${html`<${Icon} name="phone" />`}${pop.direction === "outbound" ? t("Pick up your phone; then the number is dialled.") : t("Pick up your phone to answer.")}</p>`}
    ${["talking", "dialling"].includes(pop.state) && !pop.gone && html`<${Controls} key=${pop.call_id} callId=${pop.call_id} />`}
  </div>`;
}

function DialBox() {
  const [number, setNumber] = useState("");
  const [busy, setBusy] = useState(false);
  if (!mayDial()) return html`<p class="soft">${t("You have no phone here. An administrator can give you an extension.")}</p>`;
  const call = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!number.trim() || busy) return;
    setBusy(true);
    await dial(number.trim());
    setBusy(false);
    setNumber("");
  };
  return html`<form class="dial" onSubmit=${call}>
    <${Field} label=${t("Number to call")}>
      ${(/** @type {string} */ id, /** @type {any} */ rest) => html`<input class="input number" id=${id} type="tel" autocomplete="off" maxlength="40" value=${number}
        onInput=${(/** @type {any} */ event) => setNumber(event.target.value)} ...${rest} />`}
    </${Field}>
    <button class="button primary" aria-busy=${busy ? "true" : null}><${Icon} name=${busy ? "loader-circle" : "phone"} />${t("Call")}</button>
  </form>`;
}

function Idle() {
  const { today } = useDay();
  const talked = today.reduce((sum, call) => sum + (call.talk_s ?? 0), 0);
  const answered = today.filter((call) => call.result === "answered").length;
  return html`<div class="call-card" data-state="idle">
    <p class="call-name faint">${t("No call")}</p>
    <${DialBox} />
    <div class="figures day-figures">
      <p class="figure"><b>${today.length}</b><span>${tn("call today", "calls today", today.length)}</span></p>
      <p class="figure"><b>${answered}</b><span>${t("answered")}</span></p>
      <p class="figure"><b>${duration(talked)}</b><span>${t("talked")}</span></p>
    </div>
  </div>`;
}

export function CallRegion() {
  const screen = useScreen();
  const pop = currentPop(screen);
  return html`<div class="region-body"><h2 class="region-name">${t("Call")}</h2>
    <${Chips} screen=${screen} />
    ${pop ? html`<${Current} key=${pop.call_id} pop=${pop} />` : html`<${Idle} key="idle" />`}</div>`;
}
