// What the pages beside the inbox share: who is signed in, the live connection, signing out.
import { Api } from "./api.js";
import { announce, button, byId, h } from "./dom.js";
import { coalesce, Live } from "./live.js";
import { skeleton } from "./part.js";

/** What other nodes and platforms do is not told; it is looked for. */
const LOOK_MS = 10000;

/** `draw(me, data, place)` shows what `read(api, me)` gave, again whenever something changed. */
export class Place {
  constructor({ me, api, title, read, draw }) {
    Object.assign(this, { me, api, title, read, draw });
    this.lead = me.role === "lead";
    this.writes = me.scope !== "read";
    this.load = coalesce(() => this.loadOnce());
    this.live = new Live({
      onChange: (event) => { if (event === "conversations") this.load(); },
      onState: (state) => this.state(state),
      onSignedOut: signIn,
    });
  }

  start() {
    byId("business").textContent = this.me.business ?? "";
    byId("me").textContent = this.me.name;
    document.title = `${this.title} · ${this.me.business ?? "Frontdesk"}`;
    byId("sign-out").addEventListener("click", () => this.signOut());
    byId("skip").addEventListener("click", (event) => {
      event.preventDefault();
      byId("panel").focus();
    });
    byId("panel").replaceChildren(...skeleton());
    this.live.start();
    setInterval(() => { if (document.visibilityState === "visible") this.load(); }, LOOK_MS);
  }

  async loadOnce() {
    try {
      const data = await this.read(this.api, this.me);
      if (!this.shown) byId("panel").replaceChildren();
      this.draw(data, this);
      this.shown = true;
    } catch (problem) {
      if (this.shown) return;
      byId("panel").replaceChildren(
        h("p", { class: "problem", role: "alert", text: problem.message }),
        button("Try again", () => this.load(), { class: "small" }));
    }
  }

  /** Does something; what went wrong is said at `place`, what was done to those who don't see it. */
  async act(path, body, done, place) {
    place?.querySelector(":scope > .problem")?.remove();
    try {
      const answer = await this.api.call("POST", `/api/v1/${path}`, body);
      announce(done);
      await this.load();
      return answer;
    } catch (problem) {
      const words = h("p", { class: "problem", role: "alert", text: problem.message });
      if (place) place.prepend(words);
      else announce(problem.message);
      return null;
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

export async function openPlace(about) {
  let place = null;
  const api = new Api({ onSignedOut: signIn, onReach: (reachable) => place?.reached(reachable) });
  try {
    place = new Place({ me: await api.me(), api, ...about });
  } catch (problem) {
    if (problem.status === 401) return;
    byId("panel").replaceChildren(
      h("p", { class: "problem", role: "alert", text: problem.message }),
      button("Try again", () => location.reload(), { class: "primary" }));
    return;
  }
  place.start();
}
