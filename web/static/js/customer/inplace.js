/* A fact that becomes a field where it stands: click or Enter edits, Enter saves, Escape lets be. */

import { t } from "../i18n.js";
import { html, Icon, useLayoutEffect, useRef, useState } from "../parts.js";

/**
 * @param {{label: string, value: string, save: (value: string) => Promise<void>, may?: boolean, long?: boolean,
 *   type?: string, open?: boolean, needed?: boolean, cancel?: () => void}} props
 */
export function EditText({ label, value, save, may = true, long = false, type = "text", open = false, needed = false, cancel }) {
  const [draft, setDraft] = useState(/** @type {string | null} */ (open ? value : null));
  const [fault, setFault] = useState("");
  const field = useRef(/** @type {any} */ (null));
  const editing = draft !== null;
  useLayoutEffect(() => { if (editing) field.current?.focus(); }, [editing]);
  if (!editing) {
    const text = value || html`<span class="faint">–</span>`;
    if (!may) return html`<span>${text}</span>`;
    return html`<button type="button" class="inplace" title=${t("Edit")} onClick=${() => setDraft(value)}>
      <span class=${long ? "long-text" : ""}>${text}</span><span class="spoken">${t("Edit: {label}", { label })}</span><${Icon} name="pencil" /></button>`;
  }
  const leave = () => { setDraft(null); setFault(""); cancel?.(); };
  const commit = async () => {
    const text = draft.trim();
    if (text === value || (needed && !text)) return leave();
    try {
      await save(text);
      setDraft(null);
      setFault("");
    } catch (error) {
      setFault(/** @type {Error} */ (error).message); // what was typed stays
    }
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") { event.stopPropagation(); leave(); }
    if (event.key === "Enter" && (!long || event.ctrlKey || event.metaKey)) { event.preventDefault(); event.stopPropagation(); void commit(); }
  };
  const rest = { ref: field, value: draft, "aria-label": label, "aria-invalid": fault ? "true" : null, onKeyDown: key, onBlur: commit, onInput: (/** @type {any} */ event) => setDraft(event.target.value) };
  return html`<span class="inplace-edit">
    ${long ? html`<textarea class="input" maxlength="4000" ...${rest}></textarea>` : html`<input class="input" type=${type} maxlength="200" autocomplete="off" ...${rest} />`}
    ${fault && html`<span class="fault-word" role="alert">${fault}</span>`}
  </span>`;
}
