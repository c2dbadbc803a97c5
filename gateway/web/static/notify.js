// Tells whoever wants to be told, while they look elsewhere, that a customer waits: by the browser,
// by a sound. Both are off until they are switched on here, and nothing leaves this browser.
import { h, openDialog } from "./dom.js";
import { coalesce } from "./live.js";
import { channelWords, contactName, reasonWords } from "./words.js";

const AGAIN_MS = 3000;
/** Several tabs hear of the same thing; one of them tells it. */
const ONCE_MS = 15000;

export class Notify {
  constructor({ api, me, toggle, storage }) {
    Object.assign(this, { api, me, toggle, storage });
    this.known = null;
    this.look = coalesce(() => this.load());
    toggle.hidden = false;
    toggle.addEventListener("click", () => this.ask());
    this.draw();
  }

  get wanted() {
    try {
      return JSON.parse(this.storage.getItem(`frontdesk:notify:${this.me.id}`)) ?? {};
    } catch {
      return {};
    }
  }

  set wanted(wanted) {
    try {
      this.storage.setItem(`frontdesk:notify:${this.me.id}`, JSON.stringify(wanted));
    } catch {
      // Without storage nobody is told after the page is left, which is what it would come to anyway.
    }
  }

  draw() {
    const { shown, sound } = this.wanted;
    this.toggle.setAttribute("aria-pressed", String(Boolean(shown || sound)));
  }

  refresh() {
    const { shown, sound } = this.wanted;
    if (!(shown || sound)) {
      this.known = null;
      return;
    }
    if (this.waits) return;
    this.waits = setTimeout(() => { this.waits = null; this.look(); }, AGAIN_MS);
  }

  async load() {
    let found;
    try {
      const [queue, mine] = await Promise.all([
        this.api.conversations({ owner: "queue", limit: 100 }),
        this.api.conversations({ owner: "me", limit: 100 }),
      ]);
      found = new Map([...queue.items.filter((item) => item.waiting_since).map(waits), ...mine.items.filter(spoken).map(writes)]);
    } catch {
      return;
    }
    const fresh = this.known ? [...found].filter(([key]) => !this.known.has(key)) : [];
    this.known = found;
    for (const [key, news] of fresh) this.tell(key, news);
  }

  tell(key, { item, words }) {
    const looks = document.hasFocus() && location.hash === `#c/${encodeURIComponent(item.id)}`;
    if (looks || !this.first(key)) return;
    const { shown, sound } = this.wanted;
    if (sound) beep();
    if (!shown || document.hasFocus() || globalThis.Notification?.permission !== "granted") return;
    const note = new Notification(contactName(item.contact), { body: words, tag: item.id, icon: "/desk/static/icon.svg" });
    note.addEventListener("click", () => {
      window.focus();
      location.hash = `#c/${encodeURIComponent(item.id)}`;
      note.close();
    });
  }

  /** Whether no other tab has told it. */
  first(key) {
    const place = `frontdesk:told:${key}`;
    try {
      const told = Number(this.storage.getItem("frontdesk:told:at") ?? 0);
      if (this.storage.getItem("frontdesk:told") === place && Date.now() - told < ONCE_MS) return false;
      this.storage.setItem("frontdesk:told", place);
      this.storage.setItem("frontdesk:told:at", String(Date.now()));
    } catch {
      // Then every tab tells it.
    }
    return true;
  }

  ask() {
    const said = h("p", { class: "hint", role: "status" });
    const shown = this.box("shown", "Show a notification", () => permitted(said));
    const sound = this.box("sound", "Play a sound", () => { beep(); return true; });
    openDialog("Notifications", [
      h("p", { text: "While you look elsewhere: when a customer begins to wait, and when one writes in a conversation of yours. For you, in this browser." }),
      shown, sound, said]);
  }

  box(key, words, allow) {
    const box = h("input", { type: "checkbox", id: `notify-${key}`, on: {
      change: async () => {
        const on = box.checked && (await allow());
        box.checked = on;
        this.wanted = { ...this.wanted, [key]: on };
        this.draw();
        this.refresh();
      } } });
    box.checked = Boolean(this.wanted[key]);
    return h("p", { class: "check" }, box, h("label", { for: `notify-${key}`, text: words }));
  }
}

/** The browser asks once; after a no only its own settings help. */
async function permitted(said) {
  if (!("Notification" in globalThis)) {
    said.textContent = "This browser shows no notifications.";
    return false;
  }
  const answer = await Notification.requestPermission();
  said.textContent = answer === "granted" ? "" : "The browser does not allow it: its settings for this address say so.";
  return answer === "granted";
}

const waits = (item) => [`wait ${item.id} ${item.waiting_since}`, { item, words: `Waits for a person${item.reason ? `: ${reasonWords(item.reason)}` : ""} · ${channelWords(item.channel, item.kind)}` }];
const writes = (item) => [`said ${item.id} ${item.last_message.at}`, { item, words: `Wrote to you · ${channelWords(item.channel, item.kind)}` }];
const spoken = (item) => item.last_message?.author === "customer";

/** Two short tones, made here: there is no file to fetch. */
function beep() {
  const Context = globalThis.AudioContext;
  if (!Context) return;
  const context = new Context();
  [660, 880].forEach((pitch, index) => {
    const at = context.currentTime + index * 0.16;
    const tone = context.createOscillator();
    const loudness = context.createGain();
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0.0001, at);
    loudness.gain.exponentialRampToValueAtTime(0.12, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.14);
    tone.connect(loudness).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.15);
  });
  setTimeout(() => context.close(), 600);
}
