/* The list of keys that `?` shows: what is bound now, nothing else. */

import { t } from "./i18n.js";
import { bindings } from "./keys.js";
import { Dialog, html } from "./parts.js";

/** @param {string} key */
const caps = (key) => key.split("+").map((part) => ({ ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc", Enter: "↵", Ctrl: /Mac/.test(navigator.platform) ? "⌘" : "Ctrl" })[part] ?? (part.length === 1 ? part.toUpperCase() : part));

/** @param {{close: () => void}} props */
export function Keys({ close }) {
  return html`<${Dialog} name=${t("Keys")} close=${close}>
    <div class="dialog-body">
      <p class="soft">${t("Letters work while nothing is being typed; Esc leaves a field.")}</p>
      <dl class="key-list">
        ${bindings().map((entry) => html`<dt>${caps(entry.key).map((cap) => html`<kbd class="key">${cap}</kbd> `)}</dt><dd>${entry.name}</dd>`)}
      </dl>
    </div>
  </${Dialog}>`;
}
