// @ts-check
/**
 * The live line between a page and the service: one WebSocket that comes back by itself and neither
 * loses nor doubles a message.
 *
 * Knows nothing of what the messages mean; a page subscribes to the types it shows. Where this tab
 * stands in its stream is kept in memory only: a page that is loaded anew has an empty screen and needs
 * the snapshot, not the rest.
 *
 * @module live
 */

/**
 * @typedef {{n: number, type: string, [field: string]: any}} Message
 * @typedef {'connecting' | 'online' | 'offline' | 'signed-out'} LineName
 * @typedef {{name: LineName, since: Date}} Line how the line is, and since when
 * @typedef {(message: Message) => void} Subscriber
 * @typedef {object} Options
 * @property {string} url where the live socket listens, ws:// or wss://
 * @property {() => Promise<boolean>} [signedIn] whether the session still stands; asked when a
 *   handshake fails, because a browser does not say why it failed
 */

const SIGNED_OUT = 4401;

const BEAT_MS = 15_000; // how often the service gives a sign of life
const SILENCE_MS = 2.5 * BEAT_MS;
const WATCH_MS = 5_000;
const ANSWER_MS = 4_000;
const CONNECT_MS = 10_000;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 30_000;

/** Holds the line, from `start()` to `stop()`. */
export class Live {
  /** @type {Map<string, Set<Subscriber>>} */ #subscribers = new Map();
  /** @type {Set<(line: Line) => void>} */ #watchers = new Set();
  /** @type {Line} */ #line = { name: 'connecting', since: new Date() };
  /** @type {WebSocket | null} */ #socket = null;

  #stream = '';
  #last = 0;
  #comingStream = ''; // named by hello, ours only once its snapshot is here

  #failures = 0;
  #heardAt = 0;
  #retryTimer = 0;
  #watchTimer = 0;
  #answerTimer = 0;

  #clockOffsetMs = 0;
  #bestRoundTripMs = Infinity;
  /** @type {Set<string>} */ #reported = new Set();

  /** @param {Options} options */
  constructor({ url, signedIn = sessionStands }) {
    this.url = url;
    this.signedIn = signedIn;
  }

  /** Connect, and stay connected. */
  start() {
    document.addEventListener('visibilitychange', this.#wake);
    window.addEventListener('online', this.#wake);
    window.addEventListener('pageshow', this.#wake);
    this.#watchTimer = window.setInterval(this.#watch, WATCH_MS);
    this.#connect();
  }

  /** Let go of the line. */
  stop() {
    document.removeEventListener('visibilitychange', this.#wake);
    window.removeEventListener('online', this.#wake);
    window.removeEventListener('pageshow', this.#wake);
    window.clearInterval(this.#watchTimer);
    window.clearTimeout(this.#retryTimer);
    this.#discard();
  }

  /** @returns {Line} how the line is now */
  get line() {
    return this.#line;
  }

  /**
   * Be told of every message of `type`, in order, each once. A `snapshot` stands for all before it.
   *
   * @param {string} type one of the server's types, or '*' for all
   * @param {Subscriber} subscriber
   * @returns {() => void} ends the subscription
   */
  on(type, subscriber) {
    const those = this.#subscribers.get(type) ?? new Set();
    this.#subscribers.set(type, those.add(subscriber));
    return () => those.delete(subscriber);
  }

  /**
   * Be told how the line is, now and whenever that changes.
   *
   * @param {(line: Line) => void} watcher
   * @returns {() => void} ends it
   */
  onLine(watcher) {
    this.#watchers.add(watcher);
    watcher(this.#line);
    return () => this.#watchers.delete(watcher);
  }

  /** @returns {number} the service's clock, epoch milliseconds, as well as this tab can know it */
  now() {
    return Date.now() + this.#clockOffsetMs;
  }

  /**
   * Call when the card of a call has been put into the page: reports once how long after the ring it
   * is painted. A hidden tab paints nothing and reports nothing.
   *
   * @param {string} callId
   * @param {number} rangAtMs the pop's `rang_at_ms`
   */
  painted(callId, rangAtMs) {
    const ring = `${callId}/${rangAtMs}`;
    if (document.hidden || this.#reported.has(ring)) return;
    this.#reported.add(ring);
    // The first callback runs before the frame with the card is painted, the second after.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const ms = Math.max(0, Math.round(this.now() - rangAtMs));
        this.#send({ type: 'painted', call_id: callId, ms });
      }),
    );
  }

  /**
   * The agent is done with an ended call: it leaves all his tabs.
   *
   * @param {string} callId
   * @returns {boolean} false when the line is down and nothing was sent
   */
  dismiss(callId) {
    return this.#send({ type: 'dismiss', call_id: callId });
  }

  // The socket

  #connect() {
    window.clearTimeout(this.#retryTimer);
    this.#discard();
    const socket = new WebSocket(this.url);
    const slow = window.setTimeout(() => this.#lost(socket, 0), CONNECT_MS);
    this.#socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      window.clearTimeout(slow);
      this.#heardAt = Date.now();
      this.#send({ type: 'resume', stream: this.#stream, last: this.#last });
    };
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#hear(JSON.parse(event.data));
    };
    socket.onclose = (event) => {
      window.clearTimeout(slow);
      if (!opened) this.#askWhetherSignedIn();
      this.#lost(socket, event.code);
    };
  }

  /** Forget the present socket; what it may still say is not heard. */
  #discard() {
    const socket = this.#socket;
    this.#socket = null;
    window.clearTimeout(this.#answerTimer);
    this.#answerTimer = 0;
    socket?.close();
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   */
  #lost(socket, code) {
    if (socket !== this.#socket) return;
    this.#discard();
    if (code === SIGNED_OUT) {
      this.#signOut();
      return;
    }
    this.#setLine('offline');
    // Half of it is chance: after a restart of the service, not all pages come at once.
    const longest = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#retryTimer = window.setTimeout(
      () => this.#connect(),
      longest * (0.5 + Math.random() / 2),
    );
  }

  /** Come back at once, from where we are. */
  #reconnect() {
    this.#failures = 0;
    this.#setLine('offline');
    this.#connect();
  }

  async #askWhetherSignedIn() {
    if (!(await this.signedIn())) this.#signOut();
  }

  #signOut() {
    this.stop();
    this.#setLine('signed-out');
  }

  /**
   * @param {object} message
   * @returns {boolean} whether there was a line to send it on
   */
  #send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  // What comes

  /** @param {Message} message */
  #hear(message) {
    this.#heardAt = Date.now();
    window.clearTimeout(this.#answerTimer);
    this.#answerTimer = 0;
    switch (message.type) {
      case 'hello':
        this.#comingStream = message.stream;
        this.#failures = 0;
        this.#bestRoundTripMs = Infinity; // clocks drift; measure anew
        this.#setLine('online');
        this.#send({ type: 'ping', at: Date.now() });
        this.#deliver(message);
        break;
      case 'snapshot':
        this.#stream = this.#comingStream;
        this.#last = message.n;
        this.#deliver(message);
        break;
      case 'beat':
        this.#setClock(message);
        if (message.n !== this.#last) this.#reconnect();
        break;
      default:
        if (message.n <= this.#last) return;
        if (message.n > this.#last + 1) {
          this.#reconnect();
          return;
        }
        this.#last = message.n;
        this.#deliver(message);
    }
  }

  /** @param {Message} message */
  #deliver(message) {
    for (const type of [message.type, '*']) {
      for (const subscriber of this.#subscribers.get(type) ?? []) {
        try {
          subscriber(message);
        } catch (error) {
          reportError(error); // one part of the page must not silence the others
        }
      }
    }
  }

  /** @param {Message} beat with `echo`, our own time of asking, when it answers a ping */
  #setClock({ at, echo }) {
    if (echo === undefined) return;
    const now = Date.now();
    const roundTripMs = now - echo;
    if (roundTripMs < 0 || roundTripMs > this.#bestRoundTripMs) return;
    this.#bestRoundTripMs = roundTripMs;
    this.#clockOffsetMs = Date.parse(at) + roundTripMs / 2 - now;
  }

  // Whether the line is alive

  /** A hidden tab's timers may run once a minute: only the clock tells how long it was silent. */
  #watch = () => {
    if (Date.now() - this.#heardAt > SILENCE_MS) this.#probe();
  };

  /** The tab is seen again or the network is back: find out at once. */
  #wake = () => {
    if (document.hidden) return;
    if (this.#line.name === 'offline') {
      this.#failures = 0;
      this.#connect();
    } else if (Date.now() - this.#heardAt > BEAT_MS) {
      this.#probe();
    }
  };

  /** Ask for a sign of life. After a sleep the answer may be there already, behind this very task. */
  #probe() {
    if (this.#answerTimer || !this.#send({ type: 'ping', at: Date.now() })) return;
    this.#answerTimer = window.setTimeout(() => this.#reconnect(), ANSWER_MS);
  }

  /** @param {LineName} name */
  #setLine(name) {
    if (name === this.#line.name) return;
    this.#line = { name, since: new Date() };
    for (const watcher of this.#watchers) watcher(this.#line);
  }
}

/** @returns {Promise<boolean>} false only when the service says so itself */
async function sessionStands() {
  try {
    const answer = await fetch('/api/v1/session', { cache: 'no-store' });
    return answer.status !== 401;
  } catch {
    return true; // the service is away: that says nothing about the session
  }
}
