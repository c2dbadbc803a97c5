// The reply box: says who will read what is written, and shows at once when it is a note.
import { button, h } from "./dom.js";
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
  constructor({ onSend, onDraft, text }) {
    this.onSend = onSend;
    this.onDraft = onDraft;
    this.field = h("textarea", {
      rows: 2, id: "reply", "aria-label": "Reply", "aria-describedby": "reply-hint", "aria-keyshortcuts": "c",
      on: { input: () => this.typed(), keydown: (event) => this.key(event) },
    });
    this.field.value = text;
    this.hint = h("p", { class: "hint", id: "reply-hint", role: "status" });
    this.toggle = button("Note", () => this.flip(), { class: "small", "aria-pressed": "false", title: "A note stays inside: only staff see it" });
    this.send = h("button", { type: "submit", class: "primary" });
    this.element = h("form", { class: "composer", on: { submit: (event) => this.submit(event) } },
      this.field,
      h("div", { class: "composer-foot" }, this.hint, this.toggle, this.send));
  }

  /** Follows the owner: who reads along, and whether sending takes over. */
  update(conversation, me) {
    this.conversation = conversation;
    this.me = me;
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
    this.send.disabled = !text || over > 0;
    this.send.title = MAC ? "⌘ Enter" : "Ctrl + Enter";
  }

  ownerHint() {
    if (isMine(this.conversation, this.me)) return "Start with // for a note.";
    if (!isColleagues(this.conversation, this.me)) return "Sending takes this conversation over.";
    return `${this.conversation.owner_name ?? "A colleague"} has it: sending asks whether to take over. Or start with // for a note.`;
  }

  typed() {
    this.draw();
    this.onDraft(this.field.value);
  }

  flip() {
    const { note } = composed(this.field.value);
    this.field.value = note ? this.field.value.replace(NOTE, "") : `// ${this.field.value}`;
    this.typed();
    this.focus();
  }

  key(event) {
    if (event.isComposing) return;
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
    this.replace("");
    this.onSend(message);
    this.focus();
  }

  /** Puts text back for editing, before anything written since; with a note in it, all is a note. */
  restore(item) {
    const since = composed(this.field.value);
    const text = [item.text, since.text].filter(Boolean).join("\n");
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
