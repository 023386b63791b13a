/* The people who sign in: add, change, give a password, switch off. For administrators. */

import { api } from "./api.js";
import { t } from "./i18n.js";
import { rowKeys } from "./list.js";
import { data, page } from "./page.js";
import { ActionButton, Badge, Dialog, FaultLine, Field, html, Icon, Initials, render, ROLE_WORDS, toast, useEffect, useRef, useState } from "./parts.js";
import { Moment } from "./time.js";

const LANGUAGES = { en: "English", fr: "Français", ru: "Русский" };

/** @param {{user: any, close: () => void, saved: (user: any) => void}} props */
function Person({ user, close, saved }) {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [fault, setFault] = useState(/** @type {any} */ (null));
  const save = async () => {
    if (!form.current?.reportValidity()) return;
    const { login, name, role, team_id, extension, language, password } = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form.current)));
    const body = { login, name, role, team_id: team_id || null, extension: extension || null, language };
    if (!user) return saved(await api.make("/users", { ...body, password }));
    const changed = await api.patch(`/users/${user.id}`, { version: user.version, ...body });
    if (password) await api.post(`/users/${user.id}/password`, { password });
    saved(changed);
  };
  const switchOff = async () => saved(await api.patch(`/users/${user.id}`, { version: user.version, active: !user.active }));
  const wrong = (/** @type {string} */ name) => fault?.field?.(name);
  const input = (/** @type {string} */ name, /** @type {string} */ label, /** @type {any} */ more = {}, help = "") =>
    html`<${Field} label=${label} fault=${wrong(name)} help=${help}>${(/** @type {string} */ id, /** @type {any} */ rest) => html`<input class="input" id=${id} name=${name} maxlength="100" autocomplete="off" defaultValue=${user?.[name] ?? ""} ...${more} ...${rest} />`}</${Field}>`;
  const select = (/** @type {string} */ name, /** @type {string} */ label, /** @type {[string, string][]} */ options, /** @type {string} */ value) =>
    html`<${Field} label=${label} fault=${wrong(name)}>${(/** @type {string} */ id, /** @type {any} */ rest) => html`<select class="input" id=${id} name=${name} ...${rest}>${options.map(([key, word]) => html`<option value=${key} selected=${key === value}>${word}</option>`)}</select>`}</${Field}>`;
  return html`<${Dialog} name=${user ? user.name : t("New user")} close=${close}>
    <form ref=${form} onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <div class="dialog-body"><div class="form-grid">
        ${input("name", t("Name"), { required: true })}
        ${input("login", t("Sign-in name"), { required: true, autocapitalize: "none", spellcheck: false })}
        ${select("role", t("Role"), Object.entries(ROLE_WORDS), user?.role ?? "agent")}
        ${select("team_id", t("Team"), [["", t("none")], ...data.teams.map((/** @type {any} */ team) => [team.id, team.name])], user?.team?.id ?? "")}
        ${input("extension", t("Extension"), { maxlength: 40 }, t("The phone that rings, such as 1001"))}
        ${select("language", t("Language"), Object.entries(LANGUAGES), user?.language ?? page.lang)}
        ${input("password", user ? t("New password") : t("Password"), { type: "password", required: !user, autocomplete: "new-password", maxlength: 500, defaultValue: "" }, user ? t("Leave it empty to keep the present one") : "")}
      </div>${fault && !fault.problem?.errors?.length && html`<${FaultLine} fault=${fault} />`}</div>
      <div class="dialog-foot">
        ${user && user.id !== page.me.id && html`<${ActionButton} class=${user.active ? "danger" : ""} action=${switchOff} onFault=${setFault}>${user.active ? t("Switch off") : t("Switch on")}</${ActionButton}>`}
        <span class="bar-fill"></span>
        <button type="button" class="button quiet" onClick=${close}>${t("Cancel")}</button>
        <${ActionButton} class="primary" icon="check" action=${save} onFault=${setFault} type="submit">${t("Save")}</${ActionButton}>
      </div>
    </form>
  </${Dialog}>`;
}

function Users() {
  const [users, setUsers] = useState(data.users);
  const [open, setOpen] = useState(/** @type {any} */ (null));
  useEffect(() => {
    const actions = document.getElementById("actions");
    if (actions) render(html`<button type="button" class="button primary" onClick=${() => setOpen({ user: null })}><${Icon} name="user-plus" />${t("New user")}</button>`, actions);
  }, []);
  const saved = (/** @type {any} */ user) => {
    setUsers((/** @type {any[]} */ old) => (old.some((each) => each.id === user.id) ? old.map((each) => (each.id === user.id ? user : each)) : [...old, user]));
    setOpen(null);
    toast(t("{name} is saved.", { name: user.name }));
  };
  return html`<div class="panel table-wrap" tabindex="0" role="region" aria-label=${t("Users")}>
      <table class="table folds" aria-label=${t("Users")}>
        <thead><tr><th>${t("Name")}</th><th>${t("Sign-in name")}</th><th>${t("Role")}</th><th>${t("Team")}</th><th>${t("Extension")}</th><th>${t("State")}</th><th class="end">${t("Since")}</th></tr></thead>
        <tbody onKeyDown=${rowKeys}>${users.map(
          (/** @type {any} */ user) => html`<tr key=${user.id} tabindex="0" onClick=${() => setOpen({ user })}>
            <td class="grow"><span class="row name-cell"><${Initials} name=${user.name} small /><b class="cut">${user.name}</b></span></td>
            <td class="soft">${user.login}</td><td>${ROLE_WORDS[user.role]}</td><td class="wide-only">${user.team?.name ?? ""}</td><td class="number">${user.extension ?? ""}</td>
            <td class="fit"><${Badge} state=${user.active ? "active" : "former"} word=${user.active ? t("Active") : t("Switched off")} /></td>
            <td class="end fit faint wide-only"><${Moment} at=${user.created_at} /></td></tr>`,
        )}</tbody>
      </table></div>
    ${open && html`<${Person} key=${open.user?.id ?? "new"} user=${open.user} close=${() => setOpen(null)} saved=${saved} />`}`;
}

render(html`<${Users} />`, /** @type {HTMLElement} */ (document.getElementById("list")));
