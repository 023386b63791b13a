/* A call as the log has it: its notes and whose call it is. Shared by the places of the desk. */

import { api, Fault, pause } from "../api.js";
import { useEffect, useState } from "../parts.js";

/** @typedef {{call: any, fault: any}} Record_ */

/** @type {Map<string, Record_>} */
const records = new Map();
/** @type {Set<() => void>} */
const watchers = new Set();

/** @param {string} callId @param {Record_} record */
function set(callId, record) {
  records.set(callId, record);
  for (const watcher of watchers) watcher();
}

/** The log is written a moment after the phone rings; ask again while it does not know the call. @param {string} callId */
async function load(callId) {
  for (const wait of [0, 400, 1500, 4000, 10000, 20000]) {
    await pause(wait);
    try {
      return set(callId, { call: await api.get(`/calls/${callId}`), fault: null });
    } catch (fault) {
      if (!(fault instanceof Fault) || (fault.status !== 404 && !fault.passing)) return set(callId, { call: null, fault });
    }
  }
}

/** The log's newest word about a call, where a place of the desk just changed it. @param {any} call */
export const keepCall = (call) => set(call.id, { call, fault: null });

/** @param {string} callId @returns {Record_} */
export function useCall(callId) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const draw = () => redraw((n) => n + 1);
    watchers.add(draw);
    if (!records.has(callId)) {
      records.set(callId, { call: null, fault: null });
      void load(callId);
    }
    return () => void watchers.delete(draw);
  }, [callId]);
  return records.get(callId) ?? { call: null, fault: null };
}
