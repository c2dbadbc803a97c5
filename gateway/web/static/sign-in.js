// Signs a member of staff in and returns to the conversation that was open.
import { door } from "./door.js";

const back = /^#c\/[^#]+$/.test(location.hash) ? location.hash : "";

door({
  path: "/desk/sign-in",
  fields: (values) => values,
  onEnter: () => location.replace(`/desk${back}`),
});
