// What every page of the desk has: who is signed in, the live connection, tabs, signing out.
import { Api } from "./api.js";
import { announce, button, byId, h } from "./dom.js";
import { Live } from "./live.js";

/** What is open is `start`ed once; `topic` is what the connection tells of beside conversations. */
export class Page {
  constructor(me, api, topic = "") {
    this.me = me;
    this.api = api;
    this.reachable = true;
    this.lost = "What you see may be old.";
    this.live = new Live({
      topic,
      onChange: (event) => this.happened(event),
      onState: (state) => this.showLive(state),
      onSignedOut: signIn,
    });
  }

  /** Draws what stands around the page's own; `to` is where its skip link leads. */
  frame(to = "panel") {
    byId("business").textContent = this.me.business ?? "";
    byId("me").textContent = this.me.name;
    byId("sign-out").addEventListener("click", () => this.signOut());
    byId("skip").addEventListener("click", (event) => {
      event.preventDefault();
      byId(to).focus();
    });
  }

  happened() {}

  /** What is this person's alone and ends with their session. */
  forget() {}

  showLive(state) {
    const live = state === "live";
    byId("live").dataset.state = state;
    byId("live").title = live ? "Changes appear at once" : "The live connection is interrupted; this page looks every 10 seconds";
    byId("live-words").textContent = live ? "Live" : "Every 10 s";
  }

  reached(reachable) {
    if (reachable === this.reachable) return;
    this.reachable = reachable;
    const banner = byId("banner");
    banner.hidden = reachable;
    if (reachable) announce("Connected again.");
    banner.replaceChildren(
      h("span", { text: `No connection to Frontdesk. ${this.lost}` }),
      button("Try now", () => this.live.retryNow(), { class: "small" }));
  }

  async signOut() {
    try {
      await this.api.signOut();
    } catch (problem) {
      if (problem.status !== 401) {
        announce(problem.message);
        byId("me").textContent = `Not signed out: ${problem.message}`;
        return;
      }
    }
    this.forget();
    location.replace("/desk/sign-in");
  }
}

/** A page of several parts, of which the address names the one that is open. */
export class TabbedPage extends Page {
  constructor(me, api, topic, parts) {
    super(me, api, topic);
    this.parts = parts;
    this.tabs = new Map();
  }

  frame() {
    super.frame();
    byId("tabs").replaceChildren(...this.parts.map(({ key, words }) => {
      const tab = h("a", { class: "tab", href: `#${key}`, text: words });
      this.tabs.set(key, tab);
      return tab;
    }));
    addEventListener("hashchange", () => this.open());
  }

  /** The part that is asked for, and what is asked for in it; its tab says so. */
  wanted() {
    const [wanted, one] = location.hash.slice(1).split("/", 2).map(decodeURIComponent);
    const part = this.parts.find(({ key }) => key === wanted) ?? this.parts[0];
    for (const [name, tab] of this.tabs) {
      if (name === part.key) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    document.title = `${part.words} · ${this.me.business ?? "Frontdesk"}`;
    return { ...part, one };
  }
}

/** The open conversation comes back after signing in. */
function signIn() {
  location.replace(`/desk/sign-in${location.hash.startsWith("#c/") ? location.hash : ""}`);
}

/** Opens a page for whoever is signed in; what keeps it from opening is said at `at`, and told by
    false. */
export async function openPage(make, at = "panel") {
  let page = null;
  const api = new Api({ onSignedOut: signIn, onReach: (reachable) => page?.reached(reachable) });
  try {
    page = make(await api.me(), api);
    await page.start();
    return true;
  } catch (problem) {
    if (problem.status === 401) return true;
    byId("live-words").textContent = "Not connected";
    byId("live").dataset.state = "polling";
    byId(at).replaceChildren(h("div", { class: "nothing" },
      h("p", { class: "problem", role: "alert", text: problem.message }),
      button("Try again", () => location.reload(), { class: "primary" })));
    return false;
  }
}
