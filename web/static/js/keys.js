/* Keys: one table of what they do, read by the page and by the `?` list. */

/** @type {{key: string, name: string, does: (event: KeyboardEvent) => void, typing: boolean, when: () => boolean}[]} */
const table = [];

/** @param {EventTarget | null} target */
export function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio], [type=button]), textarea, select"));
}

/**
 * `key` is what KeyboardEvent calls it, with `Alt+` or `Ctrl+` before. Plain keys are silent while
 * something is being typed; keys with Alt or Ctrl are not.
 * @param {string} key @param {string} name what it does, for the list; '' keeps it out of the list
 * @param {(event: KeyboardEvent) => void} does @param {() => boolean} [when]
 */
export function bind(key, name, does, when = () => true) {
  const entry = { key, name, does, typing: /^(Alt|Ctrl)\+/.test(key) || key === "Escape", when };
  table.push(entry);
  return () => void table.splice(table.indexOf(entry), 1);
}

/** The keys that do something now, for the list. */
export const bindings = () => table.filter((entry) => entry.name && entry.when());

/** @param {KeyboardEvent} event */
function pressed(event) {
  const prefix = (event.altKey ? "Alt+" : "") + (event.ctrlKey || event.metaKey ? "Ctrl+" : "");
  // Alt changes the letter on some keyboards; the physical key is meant there.
  const physical = event.altKey && /^(?:Digit|Key)(.)$/.exec(event.code);
  return prefix + (physical ? physical[1] : event.key);
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  if (document.querySelector("dialog[open]")) return;
  const name = pressed(event);
  const typing = isTyping(event.target);
  for (const entry of [...table].reverse()) {
    if (entry.key !== name || (typing && !entry.typing) || !entry.when()) continue;
    event.preventDefault();
    entry.does(event);
    return;
  }
});
