// Signs a member of staff in and returns to the conversation that was open.
import { door, say } from "./door.js";

const back = /^#c\/[^#]+$/.test(location.hash) ? location.hash : "";

door({
  path: "/desk/sign-in",
  fields: (values) => values,
  onEnter: () => location.replace(`/desk${back}`),
});

// Where the form was sent before this script had loaded.
if (new URLSearchParams(location.search).has("failed")) {
  history.replaceState(null, "", `${location.pathname}${location.hash}`);
  say("This name and password do not belong together.");
}
