// The page behind a trial link. Its secret stands after the #, so that no server's log has it.
import { byId, h } from "./dom.js";
import { link, richText, safeLink } from "./richtext.js";

const PATIENCE_MS = 60000;
const KINDS = { hand_over: "A person would answer.", draft: "A person would check the answer first.", silent: "Nothing would be said." };
const secret = location.hash.slice(1);

async function ask(question) {
  let response;
  try {
    response = await fetch("/try/ask", {
      method: "POST",
      headers: { Authorization: `Bearer ${secret}`, "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ question }),
      credentials: "omit",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw new Error("The assistant can’t be reached. Check your connection and ask again.");
  }
  const data = await response.json().catch(() => null);
  if (!response.ok) throw new Error(data?.detail ?? "That did not work. Ask again in a moment.");
  return data;
}

function drawn({ kind, parts, sources, left }) {
  return h("section", { class: "card" },
    h("p", { class: "mark", text: "Test" }),
    parts.map((part) => h("div", { class: "answer", dir: "auto" }, part.html ? richText(part.html, { follow: true }) : part.text)),
    KINDS[kind] ? h("p", { text: KINDS[kind] }) : null,
    sources.length ? h("p", { class: "dim" }, "Sources: ", sources.map((one, at) => [at ? ", " : "", source(one)])) : null,
    h("p", { class: "dim", text: `${left} questions are left on this link.` }));
}

function source({ title, url }) {
  const address = safeLink(url);
  return address ? link(address, title) : title;
}

byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const place = byId("said");
  place.replaceChildren(h("p", { class: "dim", role: "status", text: "Thinking…" }));
  try {
    place.replaceChildren(drawn(await ask(byId("question").value)));
  } catch (problem) {
    place.replaceChildren(h("p", { class: "problem", role: "alert", text: problem.message }));
  }
});
if (!secret) byId("said").replaceChildren(h("p", { class: "problem", role: "alert", text: "The link is not whole. Open it again as it was sent to you." }));
byId("question").focus();
