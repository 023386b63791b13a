/* Several customers share a number, or the guess was wrong: the agent says whose call it is. */

import { api } from "../api.js";
import { t, tn } from "../i18n.js";
import { bind } from "../keys.js";
import { Badge, CUSTOMER_STATE_WORDS, html, Icon, Initials, useEffect, useLayoutEffect, useRef, useState } from "../parts.js";
import { QuickLead } from "./lead.js";

/** Looks for a customer by name while it is typed. @param {{choose: (card: any) => void}} props */
export function FindCustomer({ choose }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState(/** @type {any[] | null} */ (null));
  useEffect(() => {
    if (text.trim().length < 2) return setFound(null);
    const asked = new AbortController();
    const timer = setTimeout(() => {
      api.get("/customers", { q: text.trim(), limit: 6 }, asked.signal).then((answer) => setFound(answer.items), () => setFound([]));
    }, 160);
    return () => { clearTimeout(timer); asked.abort(); };
  }, [text]);
  return html`<div class="field">
    <label for="find-customer">${t("Belongs to a customer we know")}</label>
    <input class="input" id="find-customer" type="search" autocomplete="off" placeholder=${t("Name or number")} value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
    ${found && html`<ul class="people">
      ${found.map((each) => html`<li key=${each.id}><button type="button" class="menu-row" onClick=${() => choose({ customer_id: each.id, contact_id: null, name: each.name })}>
        <${Icon} name=${each.kind === "organisation" ? "building-2" : "user"} /><span class="cut">${each.name}</span><span class="small faint number">${each.email}</span></button></li>`)}
      ${!found.length && html`<li class="small faint" role="status">${t("Nobody found.")}</li>`}
    </ul>`}
  </div>`;
}

/** @param {{cards: any[], choose: (card: any) => void, number: string, callId: string, made: (customer: any) => void}} props */
export function Chooser({ cards, choose, number, callId, made }) {
  const [fresh, setFresh] = useState(false);
  const pick = useRef(choose);
  pick.current = choose;
  useLayoutEffect(() => {
    const ends = cards.slice(0, 9).map((card, index) => bind(String(index + 1), index ? "" : t("Choose the first customer; 2 the second, and so on"), () => pick.current(card)));
    return () => ends.forEach((end) => end());
  }, [cards]);
  if (fresh) return html`<${QuickLead} callId=${callId} name="" number=${number} made=${made} choose=${choose} />`;
  return html`<div class="chooser stack">
    ${cards.length > 0 && html`<div><h3>${tn("{n} customer has this number", "{n} customers share this number", cards.length)}</h3><p class="soft">${t("Whose call is it?")}</p></div>
    <ol class="choices">
      ${cards.map((card, index) => html`<li key=${`${card.customer_id} ${card.contact_id}`}><button type="button" class="choice-row" onClick=${() => choose(card)}>
        <kbd class="key">${index + 1}</kbd><${Initials} name=${card.name} kind=${card.kind} />
        <span class="card-who"><b class="cut">${card.name}</b><span class="small faint cut">${[card.contact_name, card.number_label, card.owner?.name].filter(Boolean).join(" · ") || "\u00a0"}</span></span>
        <${Badge} state=${card.state} word=${CUSTOMER_STATE_WORDS[card.state] ?? card.state} /></button></li>`)}
    </ol>`}
    <${FindCustomer} choose=${choose} />
    <div><button type="button" class="button" onClick=${() => setFresh(true)}><${Icon} name="user-plus" />${t("Somebody new")}</button></div>
  </div>`;
}
