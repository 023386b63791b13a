/* Long lists: a page at a time as one scrolls, only the rows that can be seen in the document, and keys. */

import { api } from "./api.js";
import { t } from "./i18n.js";
import { FaultLine, html, Skeleton, useEffect, useLayoutEffect, useRef, useState } from "./parts.js";

const WINDOWED_FROM = 120;
const ROW_PX = 41; // until one was measured
const BESIDE = 20; // rows kept above and below what is seen

/**
 * A list by cursor, as a component's state.
 * @param {string} path @param {Record<string, any>} query @param {{items: any[], next: string | null}} first
 */
export function useList(path, query, first) {
  const [list, setList] = useState({ items: first.items, next: first.next, busy: false, fault: /** @type {any} */ (null) });
  const asked = useRef(0);
  const load = async (/** @type {Record<string, any>} */ by, /** @type {string | null} */ cursor) => {
    const number = ++asked.current;
    setList((old) => ({ ...old, busy: true, fault: null }));
    try {
      const found = await api.get(path, { ...by, cursor });
      if (number !== asked.current) return;
      setList((old) => ({ items: cursor ? [...old.items, ...found.items] : found.items, next: found.next, busy: false, fault: null }));
    } catch (fault) {
      if (number === asked.current) setList((old) => ({ ...old, busy: false, fault }));
    }
  };
  return {
    ...list,
    ask: (/** @type {Record<string, any>} */ by) => load(by, null),
    more: () => { if (list.next && !list.busy) void load(query, list.next); },
    again: () => load(query, null),
    set: (/** @type {(items: any[]) => any[]} */ edit) => setList((old) => ({ ...old, items: edit(old.items) })),
  };
}

/** Up and down move between rows, Enter opens, Home and End jump. @param {KeyboardEvent} event */
export function rowKeys(event) {
  const row = /** @type {HTMLElement | null} */ (event.target instanceof HTMLElement ? event.target.closest("tr[tabindex]") : null);
  if (!row || event.target !== row) return;
  if (event.key === "Enter") return row.click();
  const rows = [...(row.parentElement?.querySelectorAll("tr[tabindex]") ?? [])];
  const at = rows.indexOf(row);
  const next = { ArrowDown: rows[at + 1], ArrowUp: rows[at - 1], Home: rows[0], End: rows[rows.length - 1] }[event.key];
  if (!next) return;
  event.preventDefault();
  /** @type {HTMLElement} */ (next).focus();
}

/**
 * @param {{list: any, head: any, row: (item: any) => any, empty: any, columns: number, name: string}} props
 */
export function ListTable({ list, head, row, empty, columns, name }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const foot = useRef(/** @type {HTMLElement | null} */ (null));
  const [seen, setSeen] = useState({ top: 0, height: 900 });
  const more = useRef(list.more);
  more.current = list.more;
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => setSeen({ top: element.scrollTop, height: element.clientHeight });
    element.addEventListener("scroll", look, { passive: true });
    look();
    return () => element.removeEventListener("scroll", look);
  }, [list.items.length === 0]);
  useEffect(() => {
    if (!foot.current) return;
    const watcher = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && more.current(), { rootMargin: "400px" });
    watcher.observe(foot.current);
    return () => watcher.disconnect();
  }, [list.items.length]);
  if (list.fault && !list.items.length) return html`<${FaultLine} fault=${list.fault} retry=${list.again} />`;
  if (!list.items.length) return html`<div class="panel">${list.busy ? html`<${Skeleton} lines=${9} />` : empty}</div>`;
  // On a phone the page itself scrolls and rows differ in height: there all rows stand in the document.
  const scrolls = box.current !== null && getComputedStyle(box.current).maxHeight !== "none";
  const windowed = list.items.length > WINDOWED_FROM && scrolls;
  const rowPx = box.current?.querySelector("tbody tr:not(.gap)")?.getBoundingClientRect().height || ROW_PX;
  const from = windowed ? Math.max(0, Math.floor(seen.top / rowPx) - BESIDE) : 0;
  const to = windowed ? Math.min(list.items.length, Math.ceil((seen.top + seen.height) / rowPx) + BESIDE) : list.items.length;
  const gap = (/** @type {number} */ rows) => rows > 0 && html`<tr class="gap" aria-hidden="true"><td colspan=${columns} style=${{ height: `${rows * rowPx}px` }}></td></tr>`;
  return html`<div class="panel table-wrap" ref=${box} tabindex="0" role="region" aria-label=${name} aria-busy=${String(list.busy)}>
      <table class="table folds" aria-label=${name} aria-rowcount=${list.next ? -1 : list.items.length + 1}>
        <thead><tr>${head}</tr></thead>
        <tbody onKeyDown=${rowKeys}>${gap(from)}${list.items.slice(from, to).map(row)}${gap(list.items.length - to)}</tbody>
      </table>
      ${list.fault && html`<${FaultLine} fault=${list.fault} retry=${list.more} />`}
      <div class="pager" ref=${foot}>${list.next ? t("Loading more…") : ""}</div>
    </div>`;
}

/** Keeps the address in step with the filters, so that it can be sent and bookmarked. @param {Record<string, any>} filters */
export function keepInAddress(filters) {
  const asked = new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== "" && value !== null && value !== undefined && value !== false).map(([key, value]) => [key, String(value)]));
  history.replaceState(null, "", asked.size ? `?${asked}` : location.pathname);
}
