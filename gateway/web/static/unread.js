// Events of the platforms that could not be read: somebody looks at each and says so.
import { button, h } from "./dom.js";
import { link, safeLink } from "./richtext.js";
import { brief, full } from "./time.js";
import { channelWords } from "./words.js";

export class Unread {
  constructor({ api, root }) {
    Object.assign(this, { api, root });
  }

  async refresh() {
    try {
      this.draw((await this.api.unreadable()).items);
    } catch {
      // The list beside it says what is wrong.
    }
  }

  draw(items) {
    this.root.hidden = !items.length;
    if (!items.length) {
      this.root.replaceChildren();
      return;
    }
    const words = items.length === 1 ? "1 event could not be read" : `${items.length} events could not be read`;
    const open = this.root.querySelector("details")?.open ?? false;
    this.root.replaceChildren(h("details", { open },
      h("summary", { text: words }),
      h("ul", {}, items.map((item) => this.item(item)))));
  }

  item(item) {
    const url = safeLink(new URL(item.raw, location.origin).href);
    return h("li", {},
      h("p", {}, h("strong", { text: channelWords(item.channel, item.kind) }), " ",
        h("time", { class: "dim", title: full(item.at), text: brief(item.at) })),
      h("p", { dir: "auto", text: item.reason }),
      h("p", { class: "buttons" },
        url ? link(url, h("span", { text: "Download it" })) : null,
        button("Seen to", () => this.handled(item.id), { class: "small" })));
  }

  async handled(id) {
    try {
      await this.api.seenTo(id);
    } finally {
      await this.refresh();
    }
  }
}
