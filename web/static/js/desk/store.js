/* The desk's state in this tab: the screen, fed by the live line, and who is told when it changes. */

import { isTyping } from "../keys.js";
import { live } from "../line.js";
import { useEffect, useState } from "../parts.js";
import { EMPTY, leave, look, receive } from "./screen.js";

let screen = EMPTY;

/** @type {Set<() => void>} */
const watchers = new Set();

/** @param {import("./screen.js").Screen} next */
function become(next) {
  if (next === screen) return;
  screen = next;
  for (const watcher of watchers) watcher();
}

/** Whether the person types into the desk itself; the search box in the bar is another matter. */
const typesHere = () => isTyping(document.activeElement) && document.querySelector(".desk")?.contains(document.activeElement) === true;

export const desk = {
  get screen() {
    return screen;
  },
  /** @param {string} callId */
  look: (callId) => become(look(screen, callId)),
  /** Close an ended call in all tabs. @param {string} callId */
  leave(callId) {
    live.dismiss(callId);
    become(leave(screen, callId));
  },
  /** @param {() => void} watcher */
  watch(watcher) {
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  },
};

live.on("*", (message) => become(receive(screen, message, typesHere())));

/** The screen, as a component's state. */
export function useScreen() {
  const [, redraw] = useState(screen);
  useEffect(() => desk.watch(() => redraw(screen)), []);
  return screen;
}
