// Where articles come from: adding files and addresses, and how far reading them has come.
import { button, h, reconcile } from "./dom.js";
import { AUDIENCES, Part, about, aboutFields, empty, mark } from "./part.js";
import { brief, full } from "./time.js";

const KINDS = { path: "Folder or file", upload: "Upload", url: "Page", sitemap: "Website", conversations: "Resolved conversations" };
const STATES = { waiting: ["Waiting", ""], reading: ["Reading…", ""], ready: ["Read", "good"], failed: ["Not read", "bad"] };
const FILES = ".md,.markdown,.txt,.html,.htm,.pdf,.docx,.csv";
const MOST_BYTES = 20 * 1024 * 1024;

export class Sources extends Part {
  frame() {
    this.list = h("ul", { class: "found" });
    if (!this.lead) return [h("p", { class: "hint", text: "Leads of the desk add and remove sources." })];
    return [this.files(), this.address()];
  }

  files() {
    const input = h("input", { type: "file", name: "files", multiple: true, accept: FILES, required: true });
    const form = h("form", { class: "card", on: { submit: (event) => { event.preventDefault(); this.upload(form, input); } } },
      h("h2", { text: "Add files" }),
      h("p", { class: "hint", text: "Markdown, text, HTML, PDF, Word, or CSV with a question and an answer in each row. At most 20 MB each." }),
      h("div", { class: "form" },
        h("label", { class: "whole" }, "Files", input),
        aboutFields(),
        h("button", { class: "primary", text: "Add files" })));
    return form;
  }

  address() {
    const input = h("input", { type: "url", name: "url", required: true, placeholder: "https://help.example.com/sitemap.xml", maxlength: 2048 });
    const form = h("form", { class: "card", on: { submit: (event) => { event.preventDefault(); this.add(form, input); } } },
      h("h2", { text: "Add a page or a website" }),
      h("p", { class: "hint", text: "One page, or every page that a sitemap names. It is read again every day." }),
      h("div", { class: "form" },
        h("label", { class: "whole" }, "Address", input),
        h("label", {}, "It is", h("select", { name: "kind" },
          h("option", { value: "url", text: "One page" }),
          h("option", { value: "sitemap", text: "A sitemap" }))),
        aboutFields(),
        h("button", { class: "primary", text: "Add address" })));
    input.addEventListener("change", () => {
      if (/\.xml(\.gz)?$/.test(input.value)) form.elements.kind.value = "sitemap";
    });
    return form;
  }

  async upload(form, input) {
    for (const file of input.files) {
      if (file.size > MOST_BYTES) {
        this.refuse(form, `${file.name} is larger than 20 MB; split it.`);
        return;
      }
      const query = new URLSearchParams({ name: file.name, ...about(form) });
      try {
        await this.api.upload(`/api/v1/knowledge/files?${query}`, file);
      } catch (problem) {
        this.refuse(form, `${file.name}: ${problem.message}`);
        return;
      }
    }
    form.querySelector(":scope > .problem")?.remove();
    form.reset();
    this.changed();
  }

  refuse(form, words) {
    form.querySelector(":scope > .problem")?.remove();
    form.prepend(h("p", { class: "problem", role: "alert", text: words }));
  }

  async add(form, input) {
    const body = { url: input.value.trim(), kind: form.elements.kind.value, ...about(form) };
    if (await this.act("sources", body, "Added; it is being read.", form)) form.reset();
  }

  async read() {
    return (await this.api.call("GET", "/api/v1/knowledge/sources")).items;
  }

  draw(items) {
    if (!items.length) {
      this.state.replaceChildren(empty("No sources yet.", "Add files or an address, or name sources in config.yaml."));
      return;
    }
    if (this.list.parentElement !== this.state) this.state.replaceChildren(this.list);
    reconcile(this.list, items.map((item) => ({ ...item, key: item.id })), (item) => this.card(item));
  }

  card(item) {
    const [words, sort] = STATES[item.state] ?? [item.state, ""];
    return h("li", { class: "card" },
      h("header", {}, h("h3", {}, h("bdi", { text: item.place })), mark(words, sort)),
      h("p", { class: "facts" },
        h("span", { text: KINDS[item.kind] ?? item.kind }),
        h("span", { text: `${item.documents} ${item.documents === 1 ? "article" : "articles"}` }),
        h("span", { text: AUDIENCES[item.audience] ?? item.audience }),
        item.demo ? h("span", { text: "Demo channels only" }) : null,
        item.owner ? h("span", { text: item.owner }) : null,
        item.configured ? h("span", { text: "From config.yaml" }) : null,
        item.synced_at ? h("span", { title: full(item.synced_at), text: `Read ${brief(item.synced_at)}` }) : null),
      item.state === "reading" ? this.progress(item) : null,
      item.error ? h("p", { class: "problem", text: item.error }) : null,
      item.problems.length ? h("details", {},
        h("summary", { text: `${item.problems.length} left out` }),
        h("ul", {}, item.problems.map((one) => h("li", { text: one.message })))) : null,
      this.lead ? h("p", { class: "buttons" },
        button("Read again", () => this.act(`sources/${item.id}/read`, {}, "It is being read."), { class: "small" }),
        item.configured ? null : button("Remove", () => this.remove(item), { class: "small" })) : null);
  }

  progress(item) {
    const known = item.total !== null;
    return h("p", {},
      h("progress", { value: known ? item.done : null, max: known ? Math.max(1, item.total) : null, "aria-label": `Reading ${item.place}` }),
      known ? h("span", { class: "dim", text: `${item.done} of ${item.total}` }) : null);
  }

  remove(item) {
    const words = `Its ${item.documents} ${item.documents === 1 ? "article" : "articles"} will no longer answer.`;
    return this.sure(`Remove ${item.place}?`, words, "Remove", () => this.act(`sources/${item.id}/remove`, {}, "Removed."));
  }
}
