// Keeps the desk current: the event stream, with back-off, and polling while there is none.

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;
/** The gateway writes a comment every 15 s; a stream silent for longer is dead. */
const SILENCE_MS = 45000;
const POLL_MS = 10000;
/** Even a healthy stream is not trusted for ever. */
const SAFETY_MS = 60000;

/** Runs `work` once at a time; calls that come meanwhile lead to one more run, which begins no sooner
    than `apart` milliseconds after the end of the one before. */
export function coalesce(work, apart = 0) {
  let running = null;
  let again = false;
  async function rounds() {
    do {
      again = false;
      await work();
      if (apart) await new Promise((done) => { setTimeout(done, apart); });
    } while (again);
  }
  return () => {
    if (running) {
      again = true;
      return running;
    }
    running = rounds().finally(() => { running = null; });
    return running;
  };
}

/** `onChange(event)` gets "conversations", "conversation", "viewers" or, where `topic` asks for it,
    "knowledge"; `onState` "live", "polling". */
export class Live {
  constructor({ onChange, onState, onSignedOut, topic = "" }) {
    this.topic = topic;
    this.onChange = onChange;
    this.onState = onState;
    this.onSignedOut = onSignedOut;
    this.conversation = null;
    this.tries = 0;
    this.open = false;
    this.lastPoll = Date.now();
  }

  start() {
    this.connect();
    setInterval(() => this.poll(), 1000);
    addEventListener("online", () => this.retryNow());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.retryNow();
    });
  }

  /** The conversation whose events are wanted too. */
  watch(conversation) {
    if (conversation === this.conversation) return;
    this.conversation = conversation;
    this.tries = 0;
    this.connect();
  }

  retryNow() {
    this.everything();
    if (!this.open) {
      this.tries = 0;
      this.connect();
    }
  }

  poll() {
    const every = this.open ? SAFETY_MS : POLL_MS;
    if (Date.now() - this.lastPoll >= every) this.everything();
  }

  everything() {
    this.lastPoll = Date.now();
    this.onChange("conversations");
    this.onChange("conversation");
    this.onChange("viewers");
    if (this.topic) this.onChange(this.topic);
  }

  async connect() {
    this.ending?.abort();
    clearTimeout(this.again);
    const ending = new AbortController();
    this.ending = ending;
    try {
      await this.follow(ending);
    } catch {
      // Whatever ended the stream, the next step is the same.
    }
    if (this.ending !== ending) return;
    this.opened(false);
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.tries) * (0.5 + Math.random() / 2);
    this.tries += 1;
    this.again = setTimeout(() => this.connect(), wait);
  }

  opened(open) {
    this.open = open;
    this.onState(open ? "live" : "polling");
  }

  async follow(ending) {
    const asked = this.topic ? { topic: this.topic } : this.conversation ? { conversation: this.conversation } : {};
    const query = Object.keys(asked).length ? `?${new URLSearchParams(asked)}` : "";
    const alive = watchdog(ending);
    try {
      const response = await fetch(`/api/v1/events${query}`, {
        headers: { Accept: "text/event-stream" },
        credentials: "same-origin",
        cache: "no-store",
        signal: ending.signal,
      });
      if (response.status === 401) this.onSignedOut();
      // An erased conversation must not cost the list its events.
      if (response.status === 404) this.conversation = null;
      if (!response.ok || !response.body) throw new Error(`events: ${response.status}`);
      this.opened(true);
      // Whatever happened before the stream was open was not told.
      this.everything();
      await this.read(response.body, alive);
    } finally {
      alive.stop();
    }
  }

  async read(body, alive) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    const lines = new Lines();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive.seen();
      this.tries = 0;
      for (const event of lines.events(value)) this.onChange(event);
    }
  }
}

function watchdog(ending) {
  let timer = null;
  const seen = () => {
    clearTimeout(timer);
    timer = setTimeout(() => ending.abort(), SILENCE_MS);
  };
  seen();
  return { seen, stop: () => clearTimeout(timer) };
}

/** The names of the events in a stream; their data is not needed, everything is read afresh. */
class Lines {
  constructor() {
    this.rest = "";
    this.name = null;
  }

  events(chunk) {
    const lines = (this.rest + chunk).split(/\r\n|\n|\r/);
    this.rest = lines.pop();
    const found = new Set();
    for (const line of lines) {
      if (line.startsWith("event:")) this.name = line.slice(6).trim();
      else if (line === "" && this.name) {
        found.add(this.name);
        this.name = null;
      }
    }
    return found;
  }
}
