// Links by which colleagues without an account try the assistant.
import { announce, button, h } from "./dom.js";
import { full } from "./time.js";

const PATH = "/api/v1/knowledge/links";

export class Links {
  constructor(api) {
    this.api = api;
    this.list = h("ul", {});
    this.made = h("div", { role: "status" });
    const name = h("input", { required: true, maxlength: 120, autocomplete: "off", placeholder: "The sales team" });
    const days = h("select", {}, [1, 7, 30].map((value) => h("option", { value, text: value === 1 ? "A day" : `${value} days`, selected: value === 7 })));
    const form = h("form", { class: "form", on: { submit: (event) => { event.preventDefault(); this.make(name, days); } } },
      h("label", {}, "For whom", name), h("label", {}, "It works for", days), h("button", { text: "Make a link" }));
    this.element = h("section", { class: "card" },
      h("h3", { text: "Let colleagues try it" }),
      h("p", { class: "hint", text: "Who has the link may ask 200 questions, and no more: no account, no articles, no customer." }),
      form, this.made, this.list);
  }

  async load() {
    try {
      const { items } = await this.api.call("GET", PATH);
      this.list.replaceChildren(...items.map((one) => this.line(one)));
    } catch (problem) {
      this.made.replaceChildren(h("p", { class: "problem", role: "alert", text: problem.message }));
    }
  }

  line(one) {
    const over = one.revoked_at || one.expires_at * 1000 < Date.now();
    return h("li", {},
      h("span", { dir: "auto", text: one.name }),
      h("span", { class: "dim", text: ` by ${one.made_by}, ${one.asked} of ${one.most} asked, ${one.revoked_at ? "taken back" : `until ${full(one.expires_at)}`} ` }),
      over ? null : button("Take it back", () => this.revoke(one.id), { class: "link", "aria-label": `Take back: ${one.name}` }));
  }

  async make(name, days) {
    try {
      const { address } = await this.api.call("POST", PATH, { name: name.value, days: Number(days.value) });
      const box = h("input", { readonly: true, value: address, "aria-label": "The link" });
      this.made.replaceChildren(h("p", { text: "Copy it now; it is not shown again." }), box);
      box.select();
      name.value = "";
      await this.load();
    } catch (problem) {
      this.made.replaceChildren(h("p", { class: "problem", role: "alert", text: problem.message }));
    }
  }

  async revoke(id) {
    try {
      await this.api.call("POST", `${PATH}/${id}/revoke`, {});
      announce("Taken back.");
      await this.load();
    } catch (problem) {
      announce(problem.message);
    }
  }
}
