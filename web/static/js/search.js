/* Search everything, or dial: one box in the bar. Results are rows of a listbox under it. */

import { api } from "./api.js";
import { dial, looksLikeNumber } from "./dial.js";
import { t } from "./i18n.js";
import { callerName, directionIcon, html, Icon, render, RESULT_WORDS } from "./parts.js";
import { when } from "./time.js";

const PATIENCE_MS = 140;

export class Search {
  #timer = 0;
  #asked = new AbortController();
  /** @type {{icon: string, name: string, more: string, open: () => void}[]} */ #rows = [];
  #chosen = 0;

  /** @param {HTMLElement} host */
  constructor(host) {
    this.input = /** @type {HTMLInputElement} */ (host.querySelector("input"));
    this.list = document.createElement("div");
    host.append(this.list);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": "search-results" })) {
      this.input.setAttribute(name, value);
    }
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("focus", () => this.#typed());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    host.addEventListener("focusout", (event) => {
      if (!host.contains(/** @type {Node | null} */ (event.relatedTarget))) this.#show([]);
    });
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#asked.abort();
    const text = this.input.value.trim();
    if (!text) return this.#show([]);
    const first = looksLikeNumber(text) ? [{ icon: "phone-call", name: t("Call {number}", { number: text }), more: "", open: () => this.#dial(text) }] : [];
    if (first.length) this.#show(first);
    this.#timer = window.setTimeout(() => this.#ask(text, first), PATIENCE_MS);
  }

  /** @param {string} text */
  #dial(text) {
    this.input.value = "";
    this.input.blur();
    void dial(text);
  }

  /** @param {string} text @param {any[]} first */
  async #ask(text, first) {
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    try {
      const [customers, calls] = await Promise.all([
        api.get("/customers", { q: text, limit: 6 }, signal),
        api.get("/calls", { q: text, kind: "call", limit: 4 }, signal),
      ]);
      if (signal.aborted) return;
      const rows = [
        ...first,
        ...customers.items.map((/** @type {any} */ each) => ({
          icon: each.kind === "organisation" ? "building-2" : "user",
          name: each.name,
          more: each.email,
          open: () => location.assign(`/customers/${each.id}`),
        })),
        ...calls.items.map((/** @type {any} */ each) => ({
          icon: directionIcon(each),
          name: callerName(each),
          more: [each.live ? "" : RESULT_WORDS[each.result], when(each.started_at)].filter(Boolean).join(" · "),
          open: () => location.assign(`/calls/${each.id}`),
        })),
      ];
      this.#show(rows, rows.length ? "" : t("Nothing found for “{text}”.", { text }));
    } catch (fault) {
      if (!signal.aborted) this.#show(first, /** @type {Error} */ (fault).message);
    }
  }

  /** @param {any[]} rows @param {string} [word] */
  #show(rows, word = "") {
    this.#rows = rows;
    this.#chosen = 0;
    this.#draw(word);
  }

  #draw(word = "") {
    const open = this.#rows.length > 0 || word !== "";
    this.input.setAttribute("aria-expanded", String(open));
    if (this.#rows.length) this.input.setAttribute("aria-activedescendant", `found-${this.#chosen}`);
    else this.input.removeAttribute("aria-activedescendant");
    render(
      open
        ? html`<div class="menu bar-results">
            ${word && html`<p class="menu-head" role="status">${word}</p>`}
            <div id="search-results" role="listbox" aria-label=${t("Found")}>
              ${this.#rows.map(
                (row, index) => html`<div class="menu-row" role="option" id=${`found-${index}`} aria-selected=${String(index === this.#chosen)}
                  onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${row.open}>
                  <${Icon} name=${row.icon} /><span class="cut menu-row-name">${row.name}</span><span class="small faint number">${row.more}</span></div>`,
              )}
            </div>
          </div>`
        : html`<div id="search-results" role="listbox" aria-label=${t("Found")} hidden></div>`,
      this.list,
    );
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.#rows.length) {
      event.preventDefault();
      this.#chosen = (this.#chosen + step + this.#rows.length) % this.#rows.length;
      this.#draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#rows[this.#chosen]?.open();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.input.value = "";
      this.#show([]);
      this.input.blur();
    }
  }
}
