// The five first steps over the desk, for leads: what is done, where the rest is done, and no more
// of it once it is not wanted.
import { announce, button, h } from "./dom.js";

const STEPS = {
  business: ["Say who you are", "Name, languages and hours.", "/desk/settings#business", "Settings"],
  knowledge: ["Bring your knowledge", "Files, your site, or articles.", "/desk/knowledge#sources", "Knowledge"],
  desk: ["Ask colleagues in", "People who take over.", "/desk/people", "People"],
  channel: ["Open a channel", "Where customers write.", "/desk/channels", "Channels"],
  test: ["Try it", "Ask as a customer would.", "/desk/knowledge#try", "Try a question"],
};
const AGAIN_MS = 15000;

export class FirstSteps {
  constructor({ api, me, root }) {
    Object.assign(this, { api, me, root });
    this.lead = me.role === "lead";
    this.writes = me.scope !== "read";
  }

  refresh() {
    if (!this.lead || this.over || Date.now() - (this.at ?? 0) < AGAIN_MS) return;
    this.at = Date.now();
    this.load(() => this.api.call("GET", "/api/v1/first-steps"));
  }

  say(step, state) {
    return this.load(() => this.api.call("POST", `/api/v1/first-steps/${step}`, { state }));
  }

  async load(ask) {
    try {
      this.draw(await ask());
    } catch (problem) {
      if (this.signature) announce(problem.message);
    }
  }

  draw({ items, shown }) {
    this.over = !shown;
    this.root.hidden = !shown;
    const signature = JSON.stringify(items);
    if (!shown || signature === this.signature) return;
    this.signature = signature;
    const done = items.filter((one) => one.done || one.skipped).length;
    const open = this.root.querySelector("details")?.open ?? matchMedia("(min-width: 760px) and (min-height: 700px)").matches;
    this.root.replaceChildren(h("details", { open },
      h("summary", {}, h("strong", { text: "First steps " }), h("span", { text: `${done} of ${items.length}` })),
      h("ol", {}, items.map((one) => this.step(one))),
      this.writes ? button("Do not show this again", () => this.say("all", "skipped"), { class: "link" }) : null));
  }

  step({ step, done, skipped }) {
    const [title, words, href, where] = STEPS[step];
    const state = done ? "done" : skipped ? "skipped" : "open";
    return h("li", { data: { state } },
      h("p", {}, h("strong", { text: title }), done ? h("span", { class: "mark good", text: "Done" }) : skipped ? h("span", { class: "mark", text: "Skipped" }) : null),
      h("p", { class: "dim", text: words }),
      h("p", {},
        h("a", { href, text: where }),
        state === "open" && this.writes ? button("Skip", () => this.say(step, "skipped"), { class: "link", "aria-label": `Skip: ${title}` }) : null,
        state === "skipped" && this.writes ? button("Not skipped", () => this.say(step, "open"), { class: "link", "aria-label": `Not skipped: ${title}` }) : null));
  }
}
