/* CUSTOMER: whose call it is – the card, a choice, or a quick form. Idle: my calls of today. */

import { api } from "../api.js";
import { Card, useCustomer } from "../customer/card.js";
import { Chooser } from "../customer/choose.js";
import { QuickLead } from "../customer/lead.js";
import { CallList } from "../customer/timeline.js";
import { t } from "../i18n.js";
import { live } from "../line.js";
import { Empty, FaultLine, html, Icon, Initials, Skeleton, useLayoutEffect, useState } from "../parts.js";
import { keepCall, useCall } from "./callrecord.js";
import { useDay } from "./day.js";
import { currentPop } from "./screen.js";
import { useScreen } from "./store.js";

/** Tells the service how fast the card came, once it is on the screen. @param {import("./screen.js").Pop} pop */
function usePainted(pop) {
  const ready = pop.customers !== null;
  useLayoutEffect(() => { if (ready) live.painted(pop.call_id, pop.rang_at_ms); }, [ready, pop.call_id, pop.rang_at_ms]);
}

/** What the pop itself knows of the customer, until the whole card is here. @param {{card: any}} props */
function Foretaste({ card }) {
  return html`<div class="card-head"><${Initials} name=${card.name} kind=${card.kind} /><div class="card-who"><h3 class="card-name">${card.name}</h3><p class="small faint">${card.contact_name || "\u00a0"}</p></div></div><${Skeleton} lines=${6} />`;
}

/** @param {{pop: import("./screen.js").Pop, customerId: string, card: any, wrong: (() => void) | null}} props */
function Known({ pop, customerId, card, wrong }) {
  const found = useCustomer(customerId);
  if (found.fault) return html`<${FaultLine} fault=${found.fault} retry=${found.again} />`;
  if (!found.customer) return card ? html`<${Foretaste} card=${card} />` : html`<${Skeleton} lines=${8} />`;
  return html`<${Card} customer=${found.customer} changed=${found.set} highlight=${pop.number} early=${pop.interactions} wrong=${wrong} tick=${pop.state === "ended"} />`;
}

/** @param {{pop: import("./screen.js").Pop}} props */
function Whose({ pop }) {
  usePainted(pop);
  const record = useCall(pop.call_id);
  const [chosen, setChosen] = useState(/** @type {string | null} */ (null));
  const [asked, setAsked] = useState(false);
  const [fault, setFault] = useState(/** @type {any} */ (null));
  const cards = pop.customers;
  const only = cards?.length === 1 ? cards[0].customer_id : null;
  const customerId = asked ? null : chosen ?? record.call?.customer?.id ?? only;
  if (customerId) {
    return html`<${Known} key=${customerId} pop=${pop} customerId=${customerId} card=${cards?.find((each) => each.customer_id === customerId)} wrong=${() => setAsked(true)} />`;
  }
  if (cards === null) return html`<${Skeleton} lines=${8} />`;
  const choose = async (/** @type {any} */ card) => {
    setChosen(card.customer_id);
    setAsked(false);
    setFault(null);
    try {
      keepCall(await api.put(`/calls/${pop.call_id}/customer`, { customer_id: card.customer_id, contact_id: card.contact_id ?? null }));
    } catch (error) {
      setFault(error);
    }
  };
  const made = (/** @type {any} */ customer) => { setAsked(false); setChosen(customer.id); };
  if (cards.length || asked) {
    return html`${fault && html`<${FaultLine} fault=${fault} />`}<${Chooser} cards=${cards} choose=${choose} number=${pop.number} callId=${pop.call_id} made=${made} />`;
  }
  if (pop.direction === "internal") return html`<${Empty} icon="users" name=${t("A call inside the house")}><p>${t("No customer belongs to it.")}</p></${Empty}>`;
  return html`<${QuickLead} callId=${pop.call_id} name=${pop.name} number=${pop.number} made=${made} choose=${choose} />`;
}

function Today() {
  const day = useDay();
  if (day.fault && !day.calls.length) return html`<${FaultLine} fault=${day.fault} retry=${() => day.refresh()} />`;
  if (day.loading && !day.calls.length) return html`<${Skeleton} lines=${8} />`;
  if (!day.calls.length) return html`<${Empty} icon="headset" name=${t("Ready for the first call")}><p>${t("When your phone rings, the caller’s card stands here before you pick up. Your calls are listed here by themselves.")}</p></${Empty}>`;
  return html`<${CallList} calls=${day.calls} />`;
}

export function CustomerRegion() {
  const pop = currentPop(useScreen());
  if (!pop) return html`<div class="region-body" key="idle"><h2 class="region-name">${t("My calls")}</h2><${Today} /></div>`;
  return html`<div class="region-body" key=${pop.call_id}><h2 class="region-name">${t("Customer")}</h2><${Whose} pop=${pop} /></div>`;
}
