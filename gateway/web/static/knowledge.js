// Puts the knowledge pages together: which part is open, and what keeps it current.
import { Articles } from "./articles.js";
import { byId, h } from "./dom.js";
import { coalesce } from "./live.js";
import { openPage, TabbedPage } from "./page.js";
import { Review } from "./review.js";
import { Sources } from "./sources.js";
import { Trial } from "./trial.js";

const PARTS = [
  { key: "articles", words: "Articles", made: Articles },
  { key: "sources", words: "Sources", made: Sources },
  { key: "review", words: "To review", made: Review },
  { key: "try", words: "Try a question", made: Trial },
];

class Knowledge extends TabbedPage {
  constructor(me, api) {
    super(me, api, "knowledge", PARTS);
    this.refresh = coalesce(() => this.part.load());
  }

  start() {
    this.frame();
    this.open();
    this.live.start();
  }

  happened(event) {
    if (event === "knowledge") this.changed();
  }

  open() {
    const { one, made: Part } = this.wanted();
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
}

openPage((me, api) => new Knowledge(me, api));
