// Makes the first member of staff with the one-time token of the link, which leaves the address bar
// before anything else happens.
import { byId } from "./dom.js";
import { door, say } from "./door.js";

const hash = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const token = decode(hash.startsWith("token=") ? hash.slice("token=".length) : hash);

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

if (token) {
  door({
    path: "/desk/welcome",
    fields: (values) => ({ token, ...values }),
    onEnter: () => location.replace("/desk"),
  });
} else {
  byId("form").querySelectorAll("input, button").forEach((field) => { field.disabled = true; });
  say("This page needs the one-time link that Frontdesk printed when it started. Open that link, "
    + "or make a new one with: frontdesk staff link");
}
