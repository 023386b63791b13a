/* Click-to-call: the agent's own phone rings first, then the number is dialled. */

import { api } from "./api.js";
import { t } from "./i18n.js";
import { can, page } from "./page.js";
import { html, Icon, toast, useState } from "./parts.js";

/** @param {string} text */
export const looksLikeNumber = (text) => /^[+\d*#][\d\s()./#*-]{1,30}$/.test(text.trim());

/** Whether this person has a phone and may use it. */
export const mayDial = () => Boolean(page.me?.extension) && can("calls:dial");

/**
 * Rings the own phone for `number` and says so; the answer comes when it was picked up, or not.
 * @param {string} number
 */
export async function dial(number) {
  toast(t("Your phone rings. Pick up, and {number} is dialled.", { number }));
  try {
    await api.make("/calls", { number });
  } catch (fault) {
    toast(/** @type {Error} */ (fault).message, "bad");
  }
}

/** A number that can be called with a click. @param {{number: string, display?: string, class?: string}} props */
export function CallNumber({ number, display, class: kind = "link number" }) {
  const [busy, setBusy] = useState(false);
  const text = display || number;
  if (!number || !mayDial()) return html`<span class="number">${text}</span>`;
  const call = async (/** @type {Event} */ event) => {
    event.stopPropagation();
    if (busy) return;
    setBusy(true);
    await dial(number);
    setBusy(false);
  };
  return html`<button type="button" class=${kind} aria-busy=${busy ? "true" : null} title=${t("Call {number}", { number: text })} onClick=${call}><${Icon} name="phone" /> ${text}</button>`;
}
