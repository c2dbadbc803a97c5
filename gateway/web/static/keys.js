// The keyboard: which key does what, where keys are text, and switching them off.
import { h, openDialog } from "./dom.js";

const OFF = "frontdesk:keys";

const HELP = [
  ["j, k", "next and previous conversation in the list"],
  ["Enter", "open the conversation"],
  ["Escape", "out of the reply box, then back to the list"],
  ["t", "take the conversation"],
  ["r", "return it to the assistant"],
  ["e", "resolve the case"],
  ["c", "write a reply"],
  ["a", "send the draft, after asking"],
  ["l", "what was learnt from drafts"],
  ["Ctrl or ⌘ + Enter", "send"],
  ["//", "at the start of a reply: a note that stays inside"],
  ["?", "this list"],
];

/** `storage` remembers that single keys are off, for people who dictate or press keys by accident. */
export class Keys {
  constructor({ actions, storage }) {
    this.actions = actions;
    this.storage = storage;
    document.addEventListener("keydown", (event) => this.pressed(event));
  }

  get off() {
    try {
      return this.storage.getItem(OFF) === "off";
    } catch {
      return false;
    }
  }

  set off(off) {
    try {
      this.storage.setItem(OFF, off ? "off" : "on");
    } catch {
      // Without storage the choice lasts as long as the page would have kept it anyway.
    }
  }

  pressed(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]") || isText(event.target)) return;
    if (event.key !== "Escape" && this.off) return;
    const action = this.actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  help() {
    const box = h("input", { type: "checkbox", id: "single-keys", on: { change: () => { this.off = !box.checked; } } });
    box.checked = !this.off;
    openDialog("Keys", [
      h("dl", { class: "keys" }, HELP.map(([key, words]) => h("div", {}, h("dt", {}, h("kbd", { text: key })), h("dd", { text: words })))),
      h("p", { class: "check" }, box, h("label", { for: "single-keys", text: "Use single-key shortcuts" })),
    ]);
  }
}

function isText(target) {
  return target instanceof Element && target.matches("input, textarea, select, [contenteditable]");
}
