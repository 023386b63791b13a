/* How a new call makes itself known: a spoken line, the title; with the tab hidden also a sound and a
   notification. Never by taking the focus. */

import { t } from "../i18n.js";
import { desk } from "./store.js";

const TITLE = document.title;

/** Two soft tones; silent where the browser wants a click first. */
function chime() {
  try {
    const audio = new AudioContext();
    for (const [hertz, at] of [[660, 0], [880, 0.18]]) {
      const tone = audio.createOscillator();
      const loud = audio.createGain();
      tone.frequency.value = hertz;
      loud.gain.setValueAtTime(0, audio.currentTime + at);
      loud.gain.linearRampToValueAtTime(0.12, audio.currentTime + at + 0.02);
      loud.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + at + 0.35);
      tone.connect(loud).connect(audio.destination);
      tone.start(audio.currentTime + at);
      tone.stop(audio.currentTime + at + 0.4);
    }
    setTimeout(() => void audio.close(), 1500);
  } catch {
    // no sound on this machine
  }
}

/** @param {import("./screen.js").Pop} pop */
const who = (pop) => (pop.customers?.length === 1 ? pop.customers[0].name : pop.name || pop.number || t("Unknown number"));

/** @param {HTMLElement} said a live region for screen readers */
export function alarms(said) {
  /** @type {Set<string>} */
  const known = new Set();
  /** @type {Map<string, Notification>} */
  const shown = new Map();
  desk.watch(() => {
    const ringing = desk.screen.pops.filter((pop) => pop.state === "ringing" && !pop.gone);
    document.title = ringing.length ? `▲ ${t("Ringing: {name}", { name: who(ringing[0]) })}` : TITLE;
    for (const pop of ringing) {
      if (known.has(pop.call_id)) continue;
      known.add(pop.call_id);
      said.textContent = t("Ringing: {name}", { name: who(pop) });
      if (!document.hidden) continue;
      chime();
      if (globalThis.Notification?.permission === "granted") {
        const note = new Notification(t("Ringing: {name}", { name: who(pop) }), { body: pop.number, tag: pop.call_id });
        note.onclick = () => window.focus();
        shown.set(pop.call_id, note);
      }
    }
    for (const [callId, note] of shown) {
      if (ringing.some((pop) => pop.call_id === callId)) continue;
      note.close();
      shown.delete(callId);
    }
  });
}
