/* The page's one live line. */

import { Live } from "./live.js";
import { page } from "./page.js";
import { useClock } from "./time.js";
import { useEffect, useState } from "./parts.js";

export const live = new Live({ url: page.ws_url });

useClock(() => live.now());

live.onLine(({ name }) => {
  if (name === "signed-out") location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
});

/** How the line is, as a component's state. */
export function useLine() {
  const [line, setLine] = useState(live.line);
  useEffect(() => live.onLine(setLine), []);
  return line;
}
