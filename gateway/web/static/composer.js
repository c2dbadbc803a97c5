// The reply box: says who will read what is written, and shows at once when it is a note.
import { button, h } from "./dom.js";
import { Slash } from "./slash.js";
import { channelWords, contactName, isColleagues, isMine } from "./words.js";

// As the server reads it: full-width slashes count, and what cannot be seen before them does not.
const NOTE = /^[\s\u200b-\u200f\u2060]*(?:\/\/|／／)\s?/;
const LONGEST = 8000;

/** `// text` is a note; the marks themselves are not part of it. */
export function composed(raw) {
  const note = NOTE.test(raw);
  return { note, text: (note ? raw.replace(NOTE, "") : raw).trim() };
}

const MAC = /mac|iphone|ipad/i.test(navigator.userAgentData?.platform ?? navigator.platform ?? "");

export class Composer {
  constructor({ api, onSend, onDraft, onAttach, text }) {
    Object.assign(this, { api, onSend, onDraft, onAttach });
    this.files = [];
    this.field = h("textarea", {
      rows: 2, id: "reply", "aria-label": "Reply", "aria-describedby": "reply-hint", "aria-keyshortcuts": "c",
      on: { input: () => this.typed(), keydown: (event) => this.key(event) },
    });
    this.field.value = text;
    this.slash = new Slash({ api, field: this.field, lead: false, values: () => this.values(), onPick: (reply) => { this.replace(reply); this.focus(); } });
    this.hint = h("p", { class: "hint", id: "reply-hint", role: "status" });
    this.toggle = button("Note", () => this.flip(), { class: "small", "aria-pressed": "false", title: "A note stays inside: only staff see it" });
    this.send = h("button", { type: "submit", class: "primary" });
    this.picker = h("input", { type: "file", multiple: true, hidden: true, on: { change: () => this.picked() } });
    this.attach = button("Attach", () => this.picker.click(), { class: "small", title: "Send files with this reply" });
    this.attached = h("ul", { class: "files" });
    this.element = h("form", { class: "composer", on: { submit: (event) => this.submit(event) } },
      this.slash.box,
      this.field,
      this.attached,
      h("div", { class: "composer-foot" }, this.hint, this.picker, this.attach, this.toggle, this.send));
  }

  /** Follows the owner: who reads along, and whether sending takes over. */
  update(conversation, me) {
    this.conversation = conversation;
    this.me = me;
    this.slash.lead = me.role === "lead";
    this.draw();
  }

  draw() {
    const { note, text } = composed(this.field.value);
    const name = contactName(this.conversation.contact);
    this.element.classList.toggle("note", note);
    this.toggle.setAttribute("aria-pressed", String(note));
    this.field.setAttribute("aria-label", note ? "Note for staff" : `Reply to ${name}`);
    this.field.placeholder = `${name} will read this on ${channelWords(this.conversation.channel, this.conversation.kind)}`;
    setText(this.send, note ? "Keep note" : "Send");
    const over = [...text].length - LONGEST;
    setText(this.hint, over > 0 ? `${over} characters too long.` : note ? "Note: stays inside. Only staff see it." : this.ownerHint());
    const uploading = this.files.some((file) => !file.id && !file.problem);
    const ready = this.files.some((file) => file.id);
    this.send.disabled = (!text && !ready) || over > 0 || uploading;
    this.send.title = MAC ? "⌘ Enter" : "Ctrl + Enter";
  }

  ownerHint() {
    if (isMine(this.conversation, this.me)) return "Start with // for a note.";
    if (!isColleagues(this.conversation, this.me)) return "Sending takes this conversation over.";
    return `${this.conversation.owner_name ?? "A colleague"} has it: sending asks whether to take over. Or start with // for a note.`;
  }

  /** What replies kept ready may name. */
  values() {
    const { contact, cases } = this.conversation;
    const open = (cases ?? []).find((one) => !one.resolved_at);
    return { customer: contact?.name, me: this.me.name, business: this.me.business, case: open ? String(open.number) : "" };
  }

  typed() {
    this.draw();
    this.slash.typed();
    this.onDraft(this.field.value);
  }

  /** Each file is kept by the gateway at once; the reply names those that it carries. */
  async picked() {
    const chosen = [...this.picker.files].map((file) => ({ name: file.name, file }));
    this.picker.value = "";
    this.files.push(...chosen);
    this.drawFiles();
    for (const one of chosen) {
      try {
        one.id = (await this.onAttach(one.file)).id;
      } catch (problem) {
        one.problem = problem.message;
      }
      this.drawFiles();
    }
  }

  drawFiles() {
    this.attached.replaceChildren(...this.files.map((one) => h("li", {},
      h("bdi", { text: one.name }),
      h("span", { class: "dim", text: one.problem ? ` not attached: ${one.problem}` : one.id ? "" : " uploading…" }),
      " ", button("Remove", () => this.drop(one), { class: "link" }))));
    this.draw();
  }

  drop(one) {
    this.files = this.files.filter((other) => other !== one);
    this.drawFiles();
    this.focus();
  }

  flip() {
    const { note } = composed(this.field.value);
    this.field.value = note ? this.field.value.replace(NOTE, "") : `// ${this.field.value}`;
    this.typed();
    this.focus();
  }

  key(event) {
    if (event.isComposing || this.slash.key(event)) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.submit(event);
    else if (event.key === "Escape") {
      event.stopPropagation();
      this.field.blur();
      this.element.closest("section")?.focus({ preventScroll: true });
    }
  }

  submit(event) {
    event.preventDefault();
    const message = composed(this.field.value);
    if (this.send.disabled) return;
    const files = this.files.filter((file) => file.id).map(({ id, name }) => ({ id, name }));
    this.files = [];
    this.drawFiles();
    this.replace("");
    this.onSend({ ...message, files });
    this.focus();
  }

  /** Puts text back for editing, before anything written since; with a note in it, all is a note. */
  restore(item) {
    const since = composed(this.field.value);
    const text = [item.text, since.text].filter(Boolean).join("\n");
    this.files.unshift(...(item.files ?? []));
    this.drawFiles();
    this.replace(item.note || since.note ? `// ${text}` : text);
    this.focus();
  }

  replace(text) {
    this.field.value = text;
    this.typed();
  }

  focus() {
    this.field.focus();
  }
}

// A status region that is written anew is read out anew.
function setText(node, words) {
  if (node.textContent !== words) node.textContent = words;
}
