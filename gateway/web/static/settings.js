// Puts the settings page together: who is signed in, what stands, which part is open, and what
// colleagues save meanwhile.
import { announce, button, byId, h } from "./dom.js";
import { DeskForm } from "./desk-form.js";
import { coalesce } from "./live.js";
import { openPage, TabbedPage } from "./page.js";
import { Prompted } from "./prompted.js";
import { Budgets, Business, Hours, Routes, Rules, Start, Tiers, Voice } from "./sections.js";
import { Versions } from "./versions.js";
import { Wordings } from "./wordings.js";

const PARTS = [
  { key: "texts", words: "Texts", made: Wordings },
  { key: "voice", words: "Voice", made: Voice },
  { key: "business", words: "Business", made: Business },
  { key: "hours", words: "Hours", made: Hours },
  { key: "desks", words: "Desks", made: DeskForm },
  { key: "rules", words: "Rules", made: Rules },
  { key: "tiers", words: "Tiers", made: Tiers },
  { key: "routes", words: "Routes", made: Routes },
  { key: "budgets", words: "Budgets", made: Budgets },
  { key: "start", words: "Start", made: Start },
  { key: "history", words: "History", made: Versions },
  { key: "prompt", words: "Prompt", made: Prompted },
];

class Settings extends TabbedPage {
  constructor(me, api) {
    super(me, api, "settings", PARTS);
    this.mine = 0;
    this.heard = coalesce(() => this.look());
  }

  async start() {
    this.frame();
    this.choices = await this.api.call("GET", "/api/v1/settings/choices");
    await this.refresh();
    addEventListener("beforeunload", (event) => { if (this.part?.dirty) event.preventDefault(); });
    this.open();
    this.live.start();
  }

  /** Reads what stands. */
  async refresh() {
    this.state = await this.api.call("GET", "/api/v1/settings");
    this.keys = new Map(this.state.keys.map((one) => [one.key, one]));
    this.trouble();
  }

  /** One key as it stands, also one that nobody has set. */
  key(key) {
    return this.keys.get(key) ?? { key, value: null, written: null, version: null, yaml: null, locked: this.state.locked.some((lock) => along(key, lock)) };
  }

  happened(event) {
    if (event === "settings") this.heard();
  }

  open() {
    const { made: Made } = this.wanted();
    const root = h("div", { class: "rows" });
    byId("panel").replaceChildren(root);
    this.part = new Made({ root, api: this.api, lead: this.me.role === "lead", changed: () => {}, page: this });
    this.part.start();
    this.part.load();
  }

  /** Somebody saved: it is said, and shown where nothing was begun. */
  async look() {
    const before = this.state.version;
    let now;
    try {
      now = await this.api.call("GET", "/api/v1/settings");
    } catch {
      return;
    }
    if (now.version === before) return;
    const begun = Boolean(this.part.dirty);
    if (!begun) {
      await this.refresh();
      this.choices = await this.api.call("GET", "/api/v1/settings/choices");
      await this.part.load();
    }
    if (now.version !== this.mine) await this.tell(begun);
  }

  async tell(begun) {
    const { items } = await this.api.call("GET", "/api/v1/settings/versions");
    const [latest] = items;
    if (!latest || latest.by === this.me.name) return;
    const words = `${latest.by} saved version ${latest.number}: ${latest.why}`;
    this.news = h("p", {}, h("span", { text: words }), begun ? " What you have begun is kept; you see theirs before you save. " : " ",
      button("Close", () => { this.news = null; this.trouble(); }, { class: "link" }));
    announce(words);
    this.trouble();
  }

  trouble() {
    const left = this.state.left_out.map(({ number, held, problems }) => h("p", { class: "bad" },
      `Version ${number} is not in force: it is wrong beside ${held ? "what waits for a restart of this gateway" : "config.yaml as it is now"}. ${problems.map((one) => `${one.key}: ${one.message}`).join("; ")}`));
    const lines = [...left, this.news].filter(Boolean);
    byId("news").hidden = !lines.length;
    byId("news").replaceChildren(...lines);
  }
}

function along(key, lock) {
  return key === lock || key.startsWith(`${lock}.`) || lock.startsWith(`${key}.`);
}

openPage((me, api) => new Settings(me, api));
