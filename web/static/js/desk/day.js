/* The agent's day: his calls of today, those nobody took. Kept fresh when a call of his ends. */

import { api } from "../api.js";
import { page } from "../page.js";
import { unanswered, useEffect, useState } from "../parts.js";
import { now } from "../time.js";
import { isLive } from "./screen.js";
import { desk } from "./store.js";

/** The log is written a moment after the phone knows. */
const SETTLE_MS = 700;

class Day {
  /** @type {any[]} */ calls = [];
  /** @type {any[]} */ missed = [];
  /** @type {Error | null} */ fault = null;
  loading = true;
  /** @type {Set<() => void>} */ #watchers = new Set();
  /** @type {Set<string>} */ #live = new Set();
  #refreshing = 0;

  /** @param {any[]} calls my last ones, as the page brought them */
  begin(calls) {
    this.calls = calls;
    desk.watch(() => {
      const before = this.#live;
      this.#live = new Set(desk.screen.pops.filter(isLive).map((pop) => pop.call_id));
      if ([...before].every((callId) => this.#live.has(callId))) return;
      clearTimeout(this.#refreshing);
      this.#refreshing = window.setTimeout(() => void this.refresh(), SETTLE_MS);
    });
    void this.refresh();
  }

  async refresh() {
    const since = this.midnight;
    try {
      const [mine, missed, abandoned] = await Promise.all([
        api.get("/calls", { user: "me", kind: "call", limit: 50 }),
        api.get("/calls", { direction: "inbound", result: "missed", since, limit: 20 }),
        api.get("/calls", { direction: "inbound", result: "abandoned", since, limit: 20 }),
      ]);
      this.calls = mine.items;
      this.missed = [...missed.items, ...abandoned.items].sort((a, b) => (a.started_at < b.started_at ? 1 : -1));
      this.fault = null;
    } catch (fault) {
      this.fault = /** @type {Error} */ (fault);
    }
    this.loading = false;
    for (const watcher of this.#watchers) watcher();
  }

  get midnight() {
    const at = new Date(now());
    at.setHours(0, 0, 0, 0);
    return at.toISOString();
  }

  /** Today's calls of mine, newest first. */
  get today() {
    const midnight = Date.parse(this.midnight);
    return this.calls.filter((call) => call.kind === "call" && Date.parse(call.started_at) >= midnight);
  }

  /** Missed numbers that nobody has spoken with since, each once. */
  get toCallBack() {
    const seen = new Set();
    return this.missed.filter((call) => {
      if (!call.number || !unanswered(call) || seen.has(call.number)) return false;
      seen.add(call.number);
      return !this.calls.some((other) => other.number === call.number && other.result === "answered" && other.started_at > call.started_at);
    });
  }

  /** @param {() => void} watcher */
  watch(watcher) {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }
}

export const day = new Day();

/** The day, as a component's state. */
export function useDay() {
  const [, redraw] = useState(0);
  useEffect(() => day.watch(() => redraw((n) => n + 1)), []);
  return day;
}
