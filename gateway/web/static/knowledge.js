// Puts the knowledge pages together: who is signed in, which part is open, what keeps it current.
import { Api } from "./api.js";
import { Articles } from "./articles.js";
import { announce, button, byId, h } from "./dom.js";
import { coalesce, Live } from "./live.js";
import { Review } from "./review.js";
import { Sources } from "./sources.js";
import { Trial } from "./trial.js";

const PARTS = [
  { key: "articles", words: "Articles", made: Articles },
  { key: "sources", words: "Sources", made: Sources },
  { key: "review", words: "To review", made: Review },
  { key: "try", words: "Try a question", made: Trial },
];

class Knowledge {
  constructor(me, api) {
    this.me = me;
    this.api = api;
    this.tabs = new Map();
    this.refresh = coalesce(() => this.part.load());
    this.live = new Live({
      topic: "knowledge",
      onChange: (event) => { if (event === "knowledge") this.changed(); },
      onState: (state) => this.state(state),
      onSignedOut: signIn,
    });
  }

  start() {
    byId("business").textContent = this.me.business ?? "";
    byId("me").textContent = this.me.name;
    byId("sign-out").addEventListener("click", () => this.signOut());
    byId("skip").addEventListener("click", (event) => {
      event.preventDefault();
      byId("panel").focus();
    });
    byId("tabs").replaceChildren(...PARTS.map(({ key, words }) => {
      const tab = h("a", { class: "tab", href: `#${key}`, text: words });
      this.tabs.set(key, tab);
      return tab;
    }));
    addEventListener("hashchange", () => this.open());
    this.open();
    this.live.start();
  }

  open() {
    const [wanted, one] = location.hash.slice(1).split("/", 2).map(decodeURIComponent);
    const { key, words, made: Part } = PARTS.find((part) => part.key === wanted) ?? PARTS[0];
    for (const [name, tab] of this.tabs) {
      if (name === key) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    document.title = `${words} · ${this.me.business ?? "Frontdesk"}`;
    this.part = new Part({
      root: byId("panel"), api: this.api, lead: this.me.role === "lead",
      changed: () => this.changed(), wanted: one,
    });
    this.part.start();
    this.changed();
  }

  changed() {
    this.refresh();
    this.count();
  }

  async count() {
    try {
      const { open } = await this.api.call("GET", "/api/v1/knowledge/review");
      const number = open ? h("span", { class: "count", text: open }) : null;
      this.tabs.get("review").replaceChildren(...["To review", number].filter(Boolean));
    } catch {
      // The part that is open says what does not work.
    }
  }

  state(state) {
    byId("live").dataset.state = state;
    byId("live-words").textContent = state === "live" ? "Live" : "Every 10 s";
  }

  reached(reachable) {
    const banner = byId("banner");
    if (banner.hidden === reachable) return;
    banner.hidden = reachable;
    banner.replaceChildren(
      h("span", { text: "No connection to Frontdesk. What you see may be old." }),
      button("Try now", () => this.live.retryNow(), { class: "small" }));
  }

  async signOut() {
    try {
      await this.api.signOut();
    } catch (problem) {
      if (problem.status !== 401) {
        announce(problem.message);
        return;
      }
    }
    signIn();
  }
}

function signIn() {
  location.replace("/desk/sign-in");
}

async function main() {
  let knowledge = null;
  const api = new Api({ onSignedOut: signIn, onReach: (reachable) => knowledge?.reached(reachable) });
  try {
    knowledge = new Knowledge(await api.me(), api);
  } catch (problem) {
    if (problem.status === 401) return;
    byId("panel").replaceChildren(
      h("p", { class: "problem", role: "alert", text: problem.message }),
      button("Try again", () => location.reload(), { class: "primary" }));
    return;
  }
  knowledge.start();
}

main();
