/* What the server told the page about itself: two inert data blocks in the markup. */

/** @param {string} id */
function block(id) {
  const element = document.getElementById(id);
  return element ? JSON.parse(element.textContent ?? "null") : null;
}

/** @type {{lang: string, region: string, ws_url: string, i18n_url: string, me: any, api: string}} */
export const page = block("page");

/** The page's own data, in the shapes of the REST API. */
export const data = block("data") ?? {};

/** @param {string} right */
export const can = (right) => page.me?.rights?.includes(right) ?? false;
