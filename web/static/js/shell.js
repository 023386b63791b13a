/* The frame of every page: the phone's state, the search, the keys, the theme, the live line. */

import { Keys } from "./keylist.js";
import { bind, isTyping } from "./keys.js";
import { live, useLine } from "./line.js";
import { page } from "./page.js";
import { t } from "./i18n.js";
import { html, Icon, initialsOf, PHONE_WORDS, render, useEffect, useState, Badge } from "./parts.js";
import { Search } from "./search.js";
import { Timer, Moment, toTheSecond } from "./time.js";

/** @param {string} id */
const place = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** What the agent's own telephone does, and since when. */
function MyPhone() {
  const [phone, setPhone] = useState(/** @type {any} */ (null));
  useEffect(() => {
    const own = (/** @type {any} */ message) => message.extension === page.me.extension && setPhone(message);
    const off = [live.on("phone", own), live.on("snapshot", (message) => message.phone && own({ at: null, ...message.phone }))];
    return () => off.forEach((end) => end());
  }, []);
  if (!page.me.extension) return null;
  const state = phone?.state ?? "unknown";
  return html`<${Badge} state=${state === "busy" ? "busy-phone" : state} word=${html`<span class="bar-state-word">${PHONE_WORDS[state] ?? state}</span>`} />
    ${phone?.at && state !== "unknown" && html`<${Timer} since=${phone.at} />`}`;
}

/** A thin line while the live line is down, or the service has lost the PBX. */
function Lines() {
  const line = useLine();
  const [pbxLost, setPbxLost] = useState(/** @type {string | null} */ (null));
  const [shown, setShown] = useState(false);
  useEffect(
    () =>
      live.on("*", (message) => {
        if (message.type === "notice" && message.code === "pbx-lost") setPbxLost(message.at);
        if (message.type === "notice" && message.code === "pbx-back") setPbxLost(null);
        if (message.type === "snapshot") setPbxLost(message.pbx?.connected === false || message.pbx?.since ? message.pbx.since ?? message.at : null);
      }),
    [],
  );
  // A reload or a blink of the network is nothing to tell.
  useEffect(() => {
    if (line.name === "online") return setShown(false);
    const timer = setTimeout(() => setShown(true), 1500);
    return () => clearTimeout(timer);
  }, [line.name]);
  if (shown && line.name !== "online") {
    return html`<p class="line page-wide" data-tone="warn"><${Icon} name="unplug" />
      <span>${t("Live connection lost since")} <${Moment} at=${line.since.toISOString()} as=${toTheSecond} />. ${t("Calls go on; what you type is kept and saved when it is back.")}</span></p>`;
  }
  if (pbxLost) {
    return html`<p class="line page-wide" data-tone="warn"><${Icon} name="unplug" />
      <span>${t("The telephone system cannot be reached since")} <${Moment} at=${pbxLost} as=${toTheSecond} />. ${t("Calls go on; they will be logged when it is back.")}</span></p>`;
  }
  return null;
}

/** On every page but the desk: the call that rings now, one key away. */
function RingingElsewhere() {
  const [pops, setPops] = useState(/** @type {Map<string, any>} */ (new Map()));
  useEffect(() => {
    const change = (/** @type {(pops: Map<string, any>) => void} */ edit) =>
      setPops((/** @type {Map<string, any>} */ old) => {
        const fresh = new Map(old);
        edit(fresh);
        return fresh;
      });
    const off = [
      live.on("snapshot", ({ pops: all = [] }) => change((map) => { map.clear(); for (const pop of all) map.set(pop.call_id, pop); })),
      live.on("pop", ({ pop }) => change((map) => void map.set(pop.call_id, pop))),
      live.on("pop-changed", (message) => change((map) => void map.set(message.call_id, { ...map.get(message.call_id), ...message }))),
      live.on("pop-closed", ({ call_id }) => change((map) => void map.delete(call_id))),
    ];
    return () => off.forEach((end) => end());
  }, []);
  const ringing = [...pops.values()].find((pop) => pop.state === "ringing");
  if (!ringing) return null;
  const name = ringing.customers?.length === 1 ? ringing.customers[0].name : ringing.name || ringing.number || t("Unknown number");
  return html`<a class="bar-call" href="/"><${Badge} state="ringing" word=${t("Ringing")} /><b class="cut">${name}</b><span>${t("Open the desk")}</span></a>`;
}

function themeChoice() {
  const buttons = [...place("theme-choice").querySelectorAll("button")];
  const show = () => {
    const chosen = localStorage.getItem("trunkline:theme") ?? "";
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === chosen));
    if (chosen) document.documentElement.dataset.theme = chosen;
    else delete document.documentElement.dataset.theme;
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      localStorage.setItem("trunkline:theme", button.value);
      show();
    });
  }
  addEventListener("storage", show);
  show();
}

function keyList() {
  const close = () => render(null, place("overlay"));
  const open = () => render(html`<${Keys} close=${close} />`, place("overlay"));
  place("keys-button").addEventListener("click", open);
  bind("?", t("This list"), open);
}

render(html`<${MyPhone} />`, place("bar-state"));
render(html`<${Lines} />${document.body.classList.contains("on-desk") ? null : html`<${RingingElsewhere} />`}`, place("bar-lines"));
place("my-initials").textContent = initialsOf(page.me.name);

const search = place("bar-search");
new Search(search);
bind("/", t("Search or dial"), () => search.querySelector("input")?.focus());
bind("Escape", "", () => isTyping(document.activeElement) && /** @type {HTMLElement} */ (document.activeElement).blur(), () => isTyping(document.activeElement));
for (const [key, name, href] of /** @type {const} */ ([["d", t("Desk"), "/"], ["l", t("Calls"), "/calls"], ["u", t("Customers"), "/customers"]])) {
  bind(key, name, () => location.assign(href));
}
keyList();
themeChoice();
if (page.ws_url) live.start();
