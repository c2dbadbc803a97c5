// Draws what staff are told about a case: who it is, what was asked, tried and concluded.
import { lines, ratingWords } from "./customer.js";
import { h } from "./dom.js";
import { sourceTitle } from "./messages.js";
import { day, full } from "./time.js";
import { channelWords, plain, reasonWords } from "./words.js";

export function drawBrief(conversation, { open }) {
  const brief = conversation.brief;
  const reason = reasonWords(brief?.reason || conversation.reason);
  return h("details", { class: "brief-card", open },
    h("summary", {},
      h("h3", { text: brief ? "Brief" : "About" }),
      h("span", { class: "gist", dir: "auto", text: brief?.question || reason || identityGist(conversation) })),
    h("dl", {},
      conversation.before ? part(`Last time (${day(conversation.before.resolved_at)})`, lines(conversation.before)) : null,
      conversation.rating ? part("Rated", h("p", { dir: "auto", text: ratingWords(conversation.rating) })) : null,
      brief ? part("Asked", quoted(brief.question)) : null,
      reason ? part("Why a person", reasonLines(reason, brief?.rule)) : null,
      part("Who", identities(conversation.contact)),
      brief?.files?.length ? part("Files", bullets(brief.files)) : null,
      brief?.tried?.length ? part("Tried", bullets(brief.tried)) : null,
      brief?.steps?.length ? part("Steps done so far", bullets(brief.steps)) : null,
      brief?.open_questions?.length ? part("Not answered", bullets(brief.open_questions)) : null,
      brief?.suggested ? part("Suggested reply", h("p", { class: "quote", dir: "auto", text: brief.suggested })) : null,
      brief?.concluded ? part("Concluded", h("p", { dir: "auto", text: brief.concluded })) : null,
      brief?.sources?.length ? part("Sources", h("ul", {}, brief.sources.map((source) => h("li", {}, sourceTitle(source))))) : null,
      conversation.cases?.length ? part("Cases", cases(conversation.cases)) : null));
}

function part(title, ...content) {
  return h("div", {}, h("dt", { text: title }), h("dd", {}, content));
}

function quoted(question) {
  return h("p", { class: "quote", dir: "auto", text: question || "Nothing written yet" });
}

function reasonLines(reason, rule) {
  return [h("p", { text: reason }), rule ? h("p", { class: "dim", text: rule }) : null];
}

function bullets(list) {
  return h("ul", {}, list.map((text) => h("li", { dir: "auto", text: typeof text === "string" ? text : JSON.stringify(text) })));
}

function identityGist(conversation) {
  return conversation.contact?.identities?.[0]?.external_id ?? "";
}

function identities(contact) {
  const list = contact?.identities ?? [];
  if (!list.length) return h("p", { text: "Not known" });
  return h("ul", { class: "identities" }, list.map((identity) => h("li", {},
    h("bdi", { class: "external", text: identity.external_id }),
    h("span", { class: "dim", text: ` ${channelWords(identity.channel)} ` }),
    identity.verified
      ? h("span", { class: "mark good", text: typeof identity.verified === "string" ? `verified: ${plain(identity.verified).toLowerCase()}` : "verified" })
      : h("span", { class: "mark", text: "not verified" }))));
}

function cases(list) {
  return h("ul", {}, [...list].reverse().map((one) => h("li", {},
    `No. ${one.number}, `,
    h("span", { title: full(one.opened_at), text: day(one.opened_at).toLowerCase() === "today" ? "today" : day(one.opened_at) }),
    h("span", { class: "dim", text: one.resolved_at ? `, ${plain(one.outcome || "resolved").toLowerCase()}` : ", open" }))));
}
