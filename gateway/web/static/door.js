// What the two doors of the desk share: sending the form, saying what went wrong, showing a password.
import { request } from "./api.js";
import { byId } from "./dom.js";

/** Calls `enter(values)` when the form is sent, and says why it failed when it did. */
export function door({ path, fields, onEnter }) {
  const form = byId("form");
  reveal();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    waiting(true);
    say("");
    try {
      await request("POST", path, fields({ name: byId("name").value.trim(), password: byId("password").value }));
      onEnter();
    } catch (problem) {
      waiting(false);
      say(problem.message);
      if (problem.status === 401) byId("password").select();
    }
  });
}

function waiting(busy) {
  const submit = byId("submit");
  submit.disabled = busy;
  submit.setAttribute("aria-busy", String(busy));
}

/** Says what is wrong above the form; an empty text takes it away. */
export function say(words) {
  const place = byId("problem");
  place.textContent = words;
  place.hidden = !words;
}

function reveal() {
  const password = byId("password");
  const toggle = byId("reveal");
  toggle.addEventListener("click", () => {
    const shown = password.type === "password";
    password.type = shown ? "text" : "password";
    toggle.textContent = shown ? "Hide" : "Show";
    toggle.setAttribute("aria-pressed", String(shown));
  });
}
