// Joins the staff, or sets a new password, with a lead's link. The token leaves the address bar
// before anything else happens; looking spends nothing, the press does.
import { request } from "./api.js";
import { byId } from "./dom.js";
import { door, say } from "./door.js";

const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
history.replaceState(null, "", location.pathname);

function closed(words) {
  byId("form").querySelectorAll("input, button").forEach((field) => { field.disabled = true; });
  say(words);
}

function show({ kind, name, role, by, business }) {
  const where = business ? `the desk of ${business}` : "the desk";
  if (kind === "password") {
    document.title = "A new password · Frontdesk";
    byId("title").textContent = "Choose a new password";
    byId("intro").textContent = `For ${name} at ${where}. Whoever is signed in under this name is signed out.`;
    byId("submit").textContent = "Set the password";
    byId("name-hint").hidden = true;
  } else {
    byId("title").textContent = `Join ${where}`;
    const as = role === "lead" ? "as a lead" : "as an agent";
    const choose = name ? "Choose a password." : "Choose the name that customers and colleagues will see, and a password.";
    byId("intro").textContent = `${by || "A lead"} invites you ${as}. ${choose}`;
  }
  // The lead who made the link settled it.
  byId("name").readOnly = Boolean(name);
  if (name) byId("name").value = name;
  byId(name ? "password" : "name").focus();
}

async function main() {
  if (!token) {
    closed("This page needs the link that a lead of the desk made for you. Open it again, or ask for another.");
    return;
  }
  try {
    show(await request("POST", "/desk/join/look", { token }));
  } catch (problem) {
    closed(problem.message);
    return;
  }
  door({
    path: "/desk/join",
    fields: (values) => ({ token, ...values }),
    onEnter: () => location.replace("/desk"),
  });
}

main();
