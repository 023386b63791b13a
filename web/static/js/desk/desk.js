/* The agent's desk: three places that never jump. */

import { data } from "../page.js";
import { html, render } from "../parts.js";
import { alarms } from "./alarm.js";
import { CallRegion } from "./callregion.js";
import { CustomerRegion } from "./customerregion.js";
import { day } from "./day.js";
import { NextRegion } from "./nextregion.js";

/** @param {string} id */
const place = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

day.begin(data.calls?.items ?? []);
render(html`<${CallRegion} />`, place("call"));
render(html`<${CustomerRegion} />`, place("customer"));
render(html`<${NextRegion} />`, place("next"));
alarms(place("said"));
