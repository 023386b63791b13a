/* What stands on the agent's desk: his calls and which one he looks at.

Pure: takes the live line's messages, gives the next screen. Does not draw, fetch or send. */

/**
 * @typedef {{call_id: string, extension: string, direction: string, state: string, number: string, name: string,
 *   dialled: string, queue: string | null, started_at: string, rang_at_ms: number, answered_at: string | null,
 *   ended_at: string | null, result: string | null, customers: any[] | null, interactions: any[] | null, gone?: string}} Pop
 * @typedef {{pops: Pop[], current: string | null}} Screen
 */

/** @type {Screen} */
export const EMPTY = { pops: [], current: null };

/** @param {Pop} pop */
export const isLive = (pop) => !pop.gone && pop.state !== "ended";

/** @param {Pop} pop */
export const isTalking = (pop) => isLive(pop) && pop.state !== "ringing";

/** @param {Screen} screen */
export const currentPop = (screen) => screen.pops.find((pop) => pop.call_id === screen.current) ?? null;

/**
 * The screen after `message`. While something is being typed into the desk (`typing`), the call that is
 * looked at stays; the new one waits as a chip.
 * @param {Screen} screen @param {any} message @param {boolean} typing
 * @returns {Screen}
 */
export function receive(screen, message, typing) {
  switch (message.type) {
    case "snapshot":
      return settle({ pops: message.pops ?? [], current: screen.current }, typing);
    case "pop":
      return settle(put(screen, message.pop, message.replaces ?? null), typing);
    case "pop-changed":
      return settle(change(screen, message.call_id, fieldsOf(message)), typing);
    case "pop-closed":
      return settle(close(screen, message.call_id, message.reason), typing);
    default:
      return screen;
  }
}

/** @param {Screen} screen @param {string} callId @returns {Screen} */
export const look = (screen, callId) => ({ ...screen, current: callId });

/** The agent is done with a call. @param {Screen} screen @param {string} callId */
export const leave = (screen, callId) => settle({ ...screen, pops: screen.pops.filter((pop) => pop.call_id !== callId) }, false);

/** @param {any} message */
function fieldsOf({ type: _type, n: _n, ...fields }) {
  return fields;
}

/** @param {Screen} screen @param {Pop} pop @param {string | null} replaces @returns {Screen} */
function put(screen, pop, replaces) {
  const old = screen.pops.find((each) => each.call_id === pop.call_id || each.call_id === replaces);
  const pops = screen.pops.filter((each) => each.call_id !== pop.call_id && each.call_id !== replaces);
  const place = old ? screen.pops.indexOf(old) : pops.length;
  pops.splice(place, 0, pop);
  return { pops, current: screen.current === replaces && replaces ? pop.call_id : screen.current };
}

/** @param {Screen} screen @param {string} callId @param {Partial<Pop>} fields @returns {Screen} */
function change(screen, callId, fields) {
  return { ...screen, pops: screen.pops.map((pop) => (pop.call_id === callId ? { ...pop, ...fields } : pop)) };
}

/**
 * A call that left while it is looked at stays, marked, until something else takes its place: nobody
 * likes a card that vanishes while it is read.
 * @param {Screen} screen @param {string} callId @param {string} reason @returns {Screen}
 */
function close(screen, callId, reason) {
  const kept = callId === screen.current && ["answered-elsewhere", "no-answer", "caller-gone"].includes(reason);
  if (kept) return change(screen, callId, { gone: reason });
  return { ...screen, pops: screen.pops.filter((pop) => pop.call_id !== callId) };
}

/** Decide which call is looked at. @param {Screen} screen @param {boolean} typing @returns {Screen} */
function settle(screen, typing) {
  const { pops } = screen;
  const now = currentPop(screen);
  const best = pops.find(isTalking) ?? [...pops].reverse().find(isLive) ?? (now ? null : pops[pops.length - 1]);
  if (!now) return { pops, current: best?.call_id ?? null };
  const yields = !isTalking(now) && best && best !== now && (isTalking(best) || !isLive(now));
  if (!yields || typing) return screen;
  return { pops: now.gone ? pops.filter((pop) => pop !== now) : pops, current: best.call_id };
}
