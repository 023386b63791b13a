/* Notes of a call, saved as they are typed. What the server has not got yet is kept in this browser and
   sent when it is back, even after a reload. */

import { api, Fault } from "../api.js";
import { t } from "../i18n.js";
import { live } from "../line.js";

const PREFIX = "trunkline:note:";
const QUIET_MS = 500;
const RETRY_MS = 5000;

/** @typedef {{name: "empty" | "saved" | "saving" | "unsaved", fault?: string}} SaveState */

/** One call's note: what is typed, and how far it has got. */
class Note {
  /** @type {SaveState} */ state = { name: "empty" };
  /** @type {Set<() => void>} */ watchers = new Set();
  #timer = 0;
  #sending = false;

  /** @param {string} callId */
  constructor(callId) {
    this.callId = callId;
    const kept = localStorage.getItem(PREFIX + callId);
    this.text = kept ?? "";
    this.own = kept !== null; // typed here: what the server had before never overwrites it
    this.unsent = this.own;
    if (this.unsent) {
      this.state = { name: "unsaved" };
      this.#soon(0);
    }
  }

  /** What the server has; it never overwrites what was typed here. @param {string} text */
  found(text) {
    if (this.own) return;
    this.text = text;
    this.#become({ name: text ? "saved" : "empty" });
  }

  /** @param {string} text */
  type(text) {
    this.text = text;
    this.own = true;
    this.unsent = true;
    localStorage.setItem(PREFIX + this.callId, text);
    this.#become({ name: "saving" });
    this.#soon(QUIET_MS);
  }

  /** Send now what waits. */
  flush() {
    if (this.state.name === "unsaved" || this.state.name === "saving") this.#soon(0);
  }

  /** @param {number} ms */
  #soon(ms) {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#send(), ms);
  }

  async #send() {
    if (this.#sending) return;
    this.#sending = true;
    const { text } = this;
    try {
      await api.patch(`/calls/${this.callId}`, { notes: text });
      if (this.text === text) {
        localStorage.removeItem(PREFIX + this.callId);
        this.unsent = false;
        this.#become({ name: text ? "saved" : "empty" });
      }
    } catch (fault) {
      const { message } = /** @type {Error} */ (fault);
      // A call that has just begun may not be in the log yet.
      const again = !(fault instanceof Fault) || fault.passing || fault.status === 404;
      this.#become({ name: "unsaved", fault: again ? undefined : message });
      if (again) this.#soon(RETRY_MS);
    } finally {
      this.#sending = false;
      if (this.unsent && this.text !== text) this.#soon(QUIET_MS);
    }
  }

  /** @param {SaveState} state */
  #become(state) {
    this.state = state;
    for (const watcher of this.watchers) watcher();
  }
}

/** @type {Map<string, Note>} */
const notes = new Map();

/** @param {string} callId */
export function noteOf(callId) {
  const known = notes.get(callId) ?? new Note(callId);
  notes.set(callId, known);
  return known;
}

/** @param {SaveState} state */
export function saveWord(state) {
  if (state.name === "unsaved") return state.fault ?? t("Not saved yet – kept in this browser");
  return { empty: t("Saved as you type"), saving: t("Saving…"), saved: t("Saved") }[state.name];
}

// What an earlier page could not send goes now.
for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) noteOf(key.slice(PREFIX.length));
const flushAll = () => notes.forEach((note) => note.flush());
addEventListener("online", flushAll);
live.onLine(({ name }) => void (name === "online" && flushAll()));
