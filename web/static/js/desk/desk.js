/* The agent's desk: three places that never jump. */

import "./store.js"; // hears the line before the shell opens it
import "../shell.js";
import { data } from "../page.js";
import { html, render } from "../parts.js";
import { alarms } from "./alarm.js";
import { CallRegion } from "./callregion.js";
import { CustomerRegion } from "./customerregion.js";
import { day } from "./day.js";
import { NextRegion } from "./nextregion.js";

/** @param {string} id */
const place = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

day.begin((data.calls?.items ?? []).filter((/** @type {any} */ each) => each.kind === "call"));
render(html`<${CallRegion} />`, place("call"));
render(html`<${CustomerRegion} />`, place("customer"));
render(html`<${NextRegion} />`, place("next"));
alarms(place("said"));

// On a phone the places are three swipes; the row above says which one is seen.
const links = [...document.querySelectorAll(".desk-places > a")];
const watcher = new IntersectionObserver(
  (entries) => {
    const seen = entries.find((entry) => entry.isIntersecting);
    for (const link of seen ? links : []) {
      if (link.getAttribute("href") === `#${seen?.target.id}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  },
  { root: document.querySelector(".desk"), threshold: 0.6 },
);
for (const region of document.querySelectorAll(".desk-region")) watcher.observe(region);
