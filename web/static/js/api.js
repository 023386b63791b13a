/* The REST API as the pages use it: JSON both ways, faults as one kind of error. */

import { page } from "./page.js";
import { t } from "./i18n.js";

/** What went wrong, in a sentence for people; `code` is the problem's stable name. */
export class Fault extends Error {
  /** @param {string} message @param {{status?: number, code?: string, problem?: any}} more */
  constructor(message, { status = 0, code = "offline", problem = {} } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.problem = problem;
  }

  /** Nobody heard the request, or nobody could answer: trying again is safe and may help. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }

  /** @param {string} name */
  field(name) {
    return this.problem.errors?.find((/** @type {any} */ each) => each.field === name)?.message ?? "";
  }
}

/** @param {number} ms */
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** @param {string} path @param {Record<string, unknown>} [query] */
export function address(path, query = {}) {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") asked.set(name, String(value));
  }
  const tail = asked.toString();
  return page.api + path + (tail ? `?${tail}` : "");
}

/** @param {string} method @param {string} url @param {any} body @param {Record<string, string>} headers */
async function once(method, url, body, headers, signal) {
  let answer;
  try {
    answer = await fetch(url, {
      method,
      signal,
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Fault(t("The server cannot be reached."));
  }
  if (answer.status === 204) return null;
  const content = (answer.headers.get("Content-Type") ?? "").includes("json") ? await answer.json() : null;
  if (answer.ok) return content;
  if (answer.status === 401 && page.me) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  throw new Fault(content?.detail || content?.title || t("The server answered with fault {status}.", { status: answer.status }), {
    status: answer.status,
    code: content?.code ?? "error",
    problem: content ?? {},
  });
}

/**
 * Ask again, twice, when nobody heard. Only for what may safely arrive twice.
 * @param {() => Promise<any>} ask
 */
async function patiently(ask) {
  for (const wait of [300, 1200]) {
    try {
      return await ask();
    } catch (fault) {
      if (!(fault instanceof Fault) || !fault.passing) throw fault;
      await pause(wait);
    }
  }
  return ask();
}

export const api = {
  /** @param {string} path @param {Record<string, unknown>} [query] @param {AbortSignal} [signal] */
  get: (path, query, signal) => patiently(() => once("GET", address(path, query), undefined, {}, signal)),
  /** @param {string} path @param {any} [body] */
  post: (path, body = {}) => once("POST", address(path), body, {}),
  /** A POST that makes or dials something: with its key it happens once however often it arrives. */
  make: (/** @type {string} */ path, /** @type {any} */ body) => {
    const headers = { "Idempotency-Key": crypto.randomUUID() };
    return patiently(() => once("POST", address(path), body, headers));
  },
  /** @param {string} path @param {any} body */
  patch: (path, body) => once("PATCH", address(path), body, {}),
  /** @param {string} path @param {any} body */
  put: (path, body) => patiently(() => once("PUT", address(path), body, {})),
  /** @param {string} path */
  remove: (path) => patiently(() => once("DELETE", address(path), undefined, {})),
};
