// A page that is read whole and drawn anew whenever something changed.
import { announce, button, byId, h } from "./dom.js";
import { coalesce } from "./live.js";
import { openPage, Page } from "./page.js";
import { skeleton } from "./part.js";

/** What other nodes and platforms do is not told; it is looked for. */
const LOOK_MS = 10000;
/** Every message is told; what stands here changes seldom. */
const APART_MS = 2000;

/** `draw(data, place)` shows what `read(api, me)` gave. */
class Place extends Page {
  constructor(me, api, { title, read, draw }) {
    super(me, api);
    Object.assign(this, { title, read, draw });
    this.lead = me.role === "lead";
    this.writes = me.scope !== "read";
    this.load = coalesce(() => this.loadOnce(), APART_MS);
  }

  start() {
    this.frame();
    document.title = `${this.title} · ${this.me.business ?? "Frontdesk"}`;
    byId("panel").replaceChildren(...skeleton());
    this.live.start();
    setInterval(() => { if (document.visibilityState === "visible") this.load(); }, LOOK_MS);
  }

  happened(event) {
    if (event === "conversations") this.load();
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
      await this.loadOnce();
      return answer;
    } catch (problem) {
      const words = h("p", { class: "problem", role: "alert", text: problem.message });
      if (place) place.prepend(words);
      else announce(problem.message);
      return null;
    }
  }
}

export function openPlace(about) {
  return openPage((me, api) => new Place(me, api, about));
}
