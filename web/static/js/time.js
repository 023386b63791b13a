/* Times and durations as people read them, in their locale and zone. */

import { page } from "./page.js";
import { html, useEffect, useState } from "./vendor/preact-htm.js";

const absolute = new Intl.DateTimeFormat(page.lang, { dateStyle: "full", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(page.lang, { hour: "2-digit", minute: "2-digit" });
const clockFine = new Intl.DateTimeFormat(page.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayThisYear = new Intl.DateTimeFormat(page.lang, { day: "numeric", month: "short" });
const dayAnyYear = new Intl.DateTimeFormat(page.lang, { day: "numeric", month: "short", year: "numeric" });
const relative = new Intl.RelativeTimeFormat(page.lang, { numeric: "auto" });

let clockOfServer = () => Date.now();

/** Let the live line tell the time: this machine's own clock may be minutes off. @param {() => number} tell */
export function useClock(tell) {
  clockOfServer = tell;
}

export const now = () => clockOfServer();

/** @param {number} seconds */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const s = String(whole % 60).padStart(2, "0");
  const m = Math.floor(whole / 60) % 60;
  const h = Math.floor(whole / 3600);
  return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

/** @param {Date} a @param {Date} b */
const sameDay = (a, b) => a.toDateString() === b.toDateString();

/** 14:05 today, "yesterday 14:05", "12 Mar 14:05", with the year when it is another. @param {string} iso */
export function when(iso) {
  const at = new Date(iso);
  const today = new Date(now());
  if (sameDay(at, today)) return clock.format(at);
  const yesterday = new Date(today);
  yesterday.setDate(today.getDate() - 1);
  if (sameDay(at, yesterday)) return `${relative.format(-1, "day")} ${clock.format(at)}`;
  const day = at.getFullYear() === today.getFullYear() ? dayThisYear : dayAnyYear;
  return `${day.format(at)} ${clock.format(at)}`;
}

/** "3 minutes ago". @param {string} iso */
export function ago(iso) {
  const seconds = (Date.parse(iso) - now()) / 1000;
  for (const [unit, size] of /** @type {const} */ ([["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60]])) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(0, "minute");
}

/** @param {string} iso */
export const day = (iso) => dayAnyYear.format(new Date(iso));

/** @param {string} iso */
export const toTheSecond = (iso) => clockFine.format(new Date(iso));

/** A moment, the whole of it on hover. @param {{at: string, as?: (iso: string) => string}} props */
export function Moment({ at, as = when }) {
  return html`<time datetime=${at} title=${absolute.format(new Date(at))}>${as(at)}</time>`;
}

/** Redraws the component every second, on the second. */
export function useSeconds() {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
}

/** Counts from a moment on: 4:07. @param {{since: string, until?: string | null}} props */
export function Timer({ since, until = null }) {
  useSeconds();
  const end = until ? Date.parse(until) : now();
  return html`<span class="timer">${duration((end - Date.parse(since)) / 1000)}</span>`;
}
