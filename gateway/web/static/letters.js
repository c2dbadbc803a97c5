// What could not be sent, or nobody knows whether it was: once more, or never.
import { button, confirmed, h, reconcile } from "./dom.js";
import { mark } from "./part.js";
import { brief, full } from "./time.js";
import { deliveryWords } from "./words.js";

export class Letters {
  constructor(place) {
    this.place = place;
    this.list = h("ul", { class: "letters" });
    this.none = h("p", { class: "dim", text: "Nothing: everything that was said has gone out or is on its way." });
    this.more = h("p", { class: "dim", hidden: true, text: "There are more; these are the newest." });
    this.root = h("section", { class: "section" },
      h("header", {}, h("h2", { text: "Could not be sent" })), this.none, this.list, this.more);
  }

  draw({ items, more }) {
    this.none.hidden = items.length > 0;
    this.more.hidden = !more;
    reconcile(this.list, items.map((one) => ({ key: one.id, ...one })), (one) => this.letter(one));
  }

  letter(one) {
    const row = h("li", {},
      h("p", { class: "facts" },
        mark(deliveryWords(one.state), one.state === "failed" ? "bad" : "care"),
        h("span", { text: one.channel }),
        h("time", { title: full(one.created_at), text: brief(one.created_at) }),
        h("a", { href: `/desk#c/${encodeURIComponent(one.conversation)}`, text: "Open the conversation" })),
      h("p", {}, h("bdi", { text: one.text || "(no words)" })),
      one.error ? h("p", { class: "dim", text: one.error }) : null);
    if (this.place.writes) {
      row.append(h("p", { class: "buttons" },
        button("Send again", () => this.again(one, row), { class: "small" }),
        button("Discard", () => this.place.act(`deliveries/${one.id}/discard`, {}, "It will not be sent.", row), { class: "small" })));
    }
    return row;
  }

  async again(one, row) {
    if (one.state === "uncertain" && !(await confirmed("Send it again?", "Nobody knows whether it arrived: the customer may get it twice.", "Send again"))) return;
    await this.place.act(`deliveries/${one.id}/retry`, {}, "It is sent again.", row);
  }
}
