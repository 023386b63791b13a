/* My account: language, appearance, password, where I am signed in, tokens for programs. */

import { api } from "./api.js";
import { t } from "./i18n.js";
import { data } from "./page.js";
import { ActionButton, Badge, Empty, FaultLine, Field, html, Icon, render, ROLE_WORDS, toast, useRef, useState } from "./parts.js";
import { Moment } from "./time.js";

const LANGUAGES = { en: "English", fr: "Français", ru: "Русский" };

function Language() {
  const choose = async (/** @type {string} */ language) => {
    try {
      await api.patch("/me", { language });
      location.reload();
    } catch (fault) {
      toast(/** @type {Error} */ (fault).message, "bad");
    }
  };
  return html`<section class="panel"><div class="panel-head"><h2>${t("Language")}</h2></div><div class="panel-body">
    <fieldset class="choice" aria-label=${t("Language")}>${Object.entries(LANGUAGES).map(([code, name]) => html`<label lang=${code}><input type="radio" name="language" value=${code} checked=${data.me.language === code} onChange=${() => choose(code)} />${name}</label>`)}</fieldset>
  </div></section>`;
}

function Notify() {
  const [state, setState] = useState(globalThis.Notification?.permission ?? "denied");
  if (state === "granted") return html`<p class="row"><${Icon} name="circle-check" />${t("A notification tells you of a call while this tab is hidden.")}</p>`;
  if (state === "denied") return html`<p class="soft">${t("This browser does not allow notifications here; its settings can change that.")}</p>`;
  return html`<button type="button" class="button" onClick=${async () => setState(await Notification.requestPermission())}>${t("Tell me of calls while the tab is hidden")}</button>`;
}

function Password() {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [fault, setFault] = useState(/** @type {any} */ (null));
  const save = async () => {
    if (!form.current?.reportValidity()) return;
    const body = Object.fromEntries(new FormData(form.current));
    await api.post("/me/password", { current: body.current, new: body.new });
    form.current.reset();
    toast(t("The password is changed; other devices were signed out."));
  };
  const input = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ kind) =>
    html`<${Field} label=${label} fault=${fault?.field?.(name)}>${(/** @type {string} */ id, /** @type {any} */ rest) => html`<input class="input" id=${id} name=${name} type="password" required maxlength="500" autocomplete=${kind} ...${rest} />`}</${Field}>`;
  return html`<section class="panel"><div class="panel-head"><h2>${t("Password")}</h2></div>
    <form class="panel-body stack" ref=${form} onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <input type="text" name="username" autocomplete="username" value=${data.me.login} hidden readonly />
      <div class="form-grid">${input("current", t("Present password"), "current-password")}${input("new", t("New password"), "new-password")}</div>
      ${fault && !fault.problem?.errors?.length && html`<${FaultLine} fault=${fault} />`}
      <div><${ActionButton} action=${save} onFault=${setFault} type="submit" icon="lock-keyhole">${t("Change the password")}</${ActionButton}></div>
    </form></section>`;
}

/** What people call their browser. @param {string} agent */
function browserName(agent) {
  const browser = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]].find(([mark]) => agent.includes(mark))?.[1];
  const system = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["Linux", "Linux"]].find(([mark]) => agent.includes(mark))?.[1];
  return [browser, system].filter(Boolean).join(" · ") || agent.slice(0, 40) || t("Unknown");
}

function Sessions() {
  const [sessions, setSessions] = useState(data.sessions);
  const everywhere = async () => {
    await api.remove("/sessions");
    location.assign("/login");
  };
  return html`<section class="panel"><div class="panel-head"><h2>${t("Where you are signed in")}</h2>
      <${ActionButton} class="small" icon="log-out" action=${everywhere}>${t("Sign out everywhere")}</${ActionButton}></div>
    <table class="table folds" aria-label=${t("Where you are signed in")}>
      <thead><tr><th>${t("Browser")}</th><th>${t("Address")}</th><th>${t("Since")}</th><th class="end">${t("Last seen")}</th></tr></thead>
      <tbody>${sessions.map((/** @type {any} */ each) => html`<tr key=${each.id}><td class="grow"><span title=${each.agent}>${browserName(each.agent)}</span> ${each.current && html`<${Badge} state="ok" word=${t("here")} />`}</td>
        <td class="number">${each.address}</td><td class="fit wide-only"><${Moment} at=${each.created_at} /></td><td class="end fit"><${Moment} at=${each.last_seen_at} /></td></tr>`)}</tbody>
    </table></section>`;
}

function Tokens() {
  const [tokens, setTokens] = useState(data.tokens);
  const [made, setMade] = useState(/** @type {any} */ (null));
  const [fault, setFault] = useState(/** @type {any} */ (null));
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const make = async () => {
    if (!form.current?.reportValidity()) return;
    const fields = new FormData(form.current);
    const days = Number(fields.get("days"));
    const token = await api.make("/tokens", { name: fields.get("name"), scopes: fields.getAll("scope"), ...(days && { days }) });
    setMade(token);
    setTokens((/** @type {any[]} */ old) => [{ ...token, secret: undefined }, ...old]);
    form.current.reset();
  };
  const remove = async (/** @type {any} */ token) => {
    await api.remove(`/tokens/${token.id}`);
    setTokens((/** @type {any[]} */ old) => old.filter((each) => each.id !== token.id));
    if (made?.id === token.id) setMade(null);
    toast(t("{name} no longer opens anything.", { name: token.name }));
  };
  const copy = async () => {
    await navigator.clipboard.writeText(made.secret);
    toast(t("Copied."));
  };
  return html`<section class="panel"><div class="panel-head"><h2>${t("Tokens for programs")}</h2><a href="/api/docs">${t("API")}</a></div>
    ${made && html`<div class="panel-body stack-tight"><p class="line" data-tone="good"><${Icon} name="key-round" />${t("This is the only time it is shown. Keep it like a password.")}</p>
      <div class="secret"><code>${made.secret}</code><span class="bar-fill"></span><button type="button" class="button small" onClick=${copy}><${Icon} name="copy" />${t("Copy")}</button></div></div>`}
    ${tokens.length
      ? html`<table class="table folds" aria-label=${t("Tokens for programs")}><thead><tr><th>${t("Name")}</th><th>${t("May")}</th><th>${t("Last used")}</th><th>${t("Until")}</th><th class="end"><span class="spoken">${t("Remove")}</span></th></tr></thead>
        <tbody>${tokens.map((/** @type {any} */ token) => html`<tr key=${token.id}><td class="grow"><b>${token.name}</b></td><td>${token.scopes.map((/** @type {string} */ scope) => html`<span class="chip" key=${scope}>${scope}</span> `)}</td>
          <td class="fit">${token.last_used_at ? html`<${Moment} at=${token.last_used_at} />` : html`<span class="faint">${t("never")}</span>`}</td><td class="fit">${token.expires_at ? html`<${Moment} at=${token.expires_at} />` : html`<span class="faint">${t("no end")}</span>`}</td>
          <td class="end fit"><${ActionButton} class="quiet small" icon="trash-2" action=${() => remove(token)}>${t("Remove")}</${ActionButton}></td></tr>`)}</tbody></table>`
      : html`<${Empty} icon="key-round" name=${t("No tokens")}><p>${t("A token lets a program use the API in your name, as far as you allow.")}</p></${Empty}>`}
    <form class="panel-body stack token-form" ref=${form} onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <h3>${t("New token")}</h3>
      <div class="form-grid">
        <${Field} label=${t("Name")} help=${t("What it is for")} fault=${fault?.field?.("name")}>${(/** @type {string} */ id, /** @type {any} */ rest) => html`<input class="input" id=${id} name="name" required maxlength="100" autocomplete="off" ...${rest} />`}</${Field}>
        <${Field} label=${t("Valid for")}>${(/** @type {string} */ id) => html`<select class="input" id=${id} name="days"><option value="30">${t("30 days")}</option><option value="90">${t("90 days")}</option><option value="365">${t("a year")}</option><option value="">${t("no end")}</option></select>`}</${Field}>
      </div>
      <fieldset class="scopes"><legend class="label">${t("It may")}</legend>${data.scopes.map((/** @type {string} */ scope) => html`<label class="check" key=${scope}><input type="checkbox" name="scope" value=${scope} /><code>${scope}</code></label>`)}</fieldset>
      ${fault && html`<${FaultLine} fault=${fault} />`}
      <div><${ActionButton} class="primary" icon="plus" action=${make} onFault=${setFault} type="submit">${t("Make a token")}</${ActionButton}></div>
    </form></section>`;
}

function Account() {
  const { me } = data;
  return html`<div class="page-head"><h1>${t("Account")}</h1></div>
    <section class="panel facts-panel"><dl class="facts">
      <dt>${t("Name")}</dt><dd>${me.name}</dd><dt>${t("Sign-in name")}</dt><dd>${me.login}</dd><dt>${t("Role")}</dt><dd>${ROLE_WORDS[me.role]}</dd>
      ${me.team && html`<dt>${t("Team")}</dt><dd>${me.team.name}</dd>`}${me.extension && html`<dt>${t("Extension")}</dt><dd class="number">${me.extension}</dd>`}
    </dl></section>
    <${Language} />
    ${me.extension && html`<section class="panel"><div class="panel-head"><h2>${t("Notifications")}</h2></div><div class="panel-body"><${Notify} /></div></section>`}
    <${Password} /><${Sessions} /><${Tokens} />`;
}

render(html`<${Account} />`, /** @type {HTMLElement} */ (document.getElementById("content")));
