/* The page's texts in the person's language. English is the key and needs no catalogue. */

import { page } from "./page.js";

/** @type {{plural: string[], messages: Record<string, string | string[]>}} */
let catalogue = { plural: ["one", "other"], messages: {} };

if (page.lang !== "en" && page.i18n_url) {
  try {
    const answer = await fetch(page.i18n_url);
    if (answer.ok) catalogue = await answer.json();
  } catch {
    // English is better than no page.
  }
}

const plurals = new Intl.PluralRules(page.lang);

/** @param {string} text @param {Record<string, unknown>} values */
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
}

/**
 * The text in the person's language, `{name}` filled in.
 * @param {string} text @param {Record<string, unknown>} [values]
 */
export function t(text, values = {}) {
  const found = catalogue.messages[text];
  return fill(typeof found === "string" && found ? found : text, values);
}

/**
 * The same for a number of things; `{n}` is the number.
 * @param {string} one @param {string} many @param {number} n
 */
export function tn(one, many, n) {
  const forms = catalogue.messages[one];
  const values = { n: new Intl.NumberFormat(page.lang).format(n) };
  if (Array.isArray(forms)) {
    const index = catalogue.plural.indexOf(plurals.select(n));
    return fill(forms[index] || forms[forms.length - 1] || many, values);
  }
  return fill(n === 1 ? one : many, values);
}
