/* NEXT: the note of the call, saved as typed, and the step after it. Idle: whom to call back. */

import { CallNumber } from "../dial.js";
import { t } from "../i18n.js";
import { bind } from "../keys.js";
import { callerName, Empty, html, Icon, Skeleton, useEffect, useLayoutEffect, useRef, useState } from "../parts.js";
import { Moment } from "../time.js";
import { useDay } from "./day.js";
import { noteOf, saveWord } from "./notes.js";
import { currentPop, isLive } from "./screen.js";
import { desk, useScreen } from "./store.js";
import { useCall } from "./callrecord.js";

/** @param {{pop: import("./screen.js").Pop}} props */
function Notes({ pop }) {
  const note = noteOf(pop.call_id);
  const record = useCall(pop.call_id);
  const [, redraw] = useState(0);
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  useEffect(() => {
    const draw = () => redraw((n) => n + 1);
    note.watchers.add(draw);
    return () => void note.watchers.delete(draw);
  }, [note]);
  useEffect(() => { if (record.call) note.found(record.call.notes ?? ""); }, [record.call]);
  useLayoutEffect(() => bind("Alt+N", t("Write a note"), () => field.current?.focus()), []);
  return html`<div class="field notes">
    <label for="notes">${t("Notes")}</label>
    <textarea class="input" id="notes" ref=${field} maxlength="20000" title="Alt+N" value=${note.text} aria-describedby="notes-saved"
      onInput=${(/** @type {any} */ event) => note.type(event.target.value)}></textarea>
    <p class="save-state" id="notes-saved" role="status" data-name=${note.state.name}>
      <${Icon} name=${{ empty: "save", saving: "loader-circle", saved: "check", unsaved: "triangle-alert" }[note.state.name]} />${saveWord(note.state)}</p>
  </div>`;
}

/** @param {{pop: import("./screen.js").Pop}} props */
function AfterCall({ pop }) {
  const leave = () => desk.leave(pop.call_id);
  useLayoutEffect(() => bind("Ctrl+Enter", t("Done with this call"), () => {
    const now = currentPop(desk.screen);
    if (now && !isLive(now)) desk.leave(now.call_id);
  }), []);
  const over = !isLive(pop);
  return html`<div class="next-foot">
    <button type="button" class=${`button${over ? " primary" : ""}`} disabled=${!over} onClick=${leave}><${Icon} name="check" />${t("Done")}<span class="foot-key">Ctrl ↵</span></button>
    <a class="button quiet" href=${`/calls/${pop.call_id}`}>${t("Open in the log")}<${Icon} name="arrow-up-right" /></a>
  </div>`;
}

function CallBacks() {
  const day = useDay();
  const calls = day.toCallBack;
  if (day.loading) return html`<${Skeleton} />`;
  if (!calls.length) return html`<${Empty} icon="circle-check" name=${t("Nobody waits for a call back")}><p>${t("Callers you missed today stand here until somebody has spoken with them.")}</p></${Empty}>`;
  return html`<ul class="plain-list">
    ${calls.map((call) => html`<li key=${call.id} class="back-row">
      <div class="back-who"><b class="cut">${callerName(call)}</b><span class="small faint"><${Moment} at=${call.started_at} />${[call.display !== callerName(call) && call.display, call.queue].filter(Boolean).map((more) => ` · ${more}`).join("")}</span></div>
      <${CallNumber} number=${call.number} display=${t("Call back")} class="button small" />
    </li>`)}
  </ul>`;
}

export function NextRegion() {
  const pop = currentPop(useScreen());
  if (!pop) return html`<div class="region-body" key="idle"><h2 class="region-name">${t("To call back")}</h2><${CallBacks} /></div>`;
  return html`<div class="region-body" key=${pop.call_id}><h2 class="region-name">${t("Next")}</h2>
    <${Notes} pop=${pop} />
    <${AfterCall} pop=${pop} /></div>`;
}
