// Puts the record of a turn into words: what was decided, by which rule, from what, at what cost.
import { h } from "./dom.js";
import { full } from "./time.js";
import { plain, reasonWords } from "./words.js";

const LIKELIEST = 5;
const LEAST = 0.01;
const STAGES = ["triage", "knowledge", "answer", "grounding", "models"];
const share = (value) => `${Math.round((value ?? 0) * 100)} %`;
const dollars = (value) => (value ? `${value.toFixed(value < 0.01 ? 5 : 3)} US dollars` : "nothing");
const millis = (seconds) => (seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`);

/** Sections of a turn, the first question first: what was decided and why. */
export function explained(turn) {
  const { trace = {} } = turn;
  const detail = trace.detail ?? {};
  return [
    section("Decided", decided(turn, trace, detail)),
    section("Read in the message", read(detail.triage ?? {}, trace)),
    section("Found in the articles", passages(trace.passages ?? [])),
    section("Left out, because no article bears it", (detail.cut ?? []).map(item)),
    section("Models", models(turn, detail.model ?? {})),
    section("Actions", (turn.actions ?? []).map(action)),
    section("Took", steps(turn, trace.stages ?? {})),
  ].filter(Boolean);
}

function section(title, rows) {
  const kept = rows.flat(Infinity).filter(Boolean);
  return kept.length ? h("section", {}, h("h3", { text: title }), h("ul", {}, kept)) : null;
}

const item = (text) => h("li", { dir: "auto", text });

function decided(turn, trace, detail) {
  const confidence = typeof trace.confidence === "number" ? ` Sure of an answer: ${share(trace.confidence)}.` : "";
  return [
    item(`${plain(turn.decision ?? turn.state)}.${confidence}`),
    ...(turn.reasons ?? []).map(({ code, rule }) => item(`${reasonWords(code)}: ${rule}`)),
    detail.tier ? item(`Tier ${detail.tier}: ${detail.tier_rule ?? ""}`) : null,
    turn.error ? item(turn.error) : null,
  ];
}

function read(triage, trace) {
  const likely = Object.entries(triage.chances ?? {}).sort(([, a], [, b]) => b - a).slice(0, LIKELIEST);
  const chances = likely.filter(([, chance]) => chance >= LEAST).map(([name, chance]) => `${plain(name)} ${share(chance)}`);
  return [
    triage.intent ? item(`About: ${plain(triage.intent)} (${share(triage.intent_sure)})`) : null,
    triage.topic ? item(`Sensitive: ${plain(triage.topic)} (${share(triage.sure)})`) : null,
    chances.length > 1 ? item(`Chances: ${chances.join(", ")}`) : null,
    mood(triage.mood),
    triage.wish ? item("Asked for a person") : null,
    triage.tampering ? item("Gives the assistant orders") : null,
    triage.unsuccessful ? item(`Did not help: ${plain(triage.unsuccessful)}`) : null,
    trace.language ? item(`Language: ${trace.language}`) : null,
  ];
}

/** Feelings of the message, and how they moved over the case; what is nothing is not said. */
function mood(found) {
  const measured = (values, before) => Object.entries(values ?? {})
    .filter(([, value]) => typeof value === "number" && Math.abs(value) >= LEAST)
    .map(([name, value]) => `${before}${name} ${value > 0 ? "+" : ""}${value.toFixed(2)}`);
  const felt = [...measured(found, ""), ...measured(found?.trend, "trend of ")];
  return felt.length ? item(`Mood: ${felt.join(", ")}`) : null;
}

function passages(found) {
  return found.map(({ title, score, id }) =>
    h("li", {}, h("span", { dir: "auto", text: title || id }), h("span", { class: "dim", text: ` ${share(score)}` })));
}

function models(turn, model) {
  const calls = turn.calls ?? [];
  return [
    model.route ? item(`Route: ${model.route} (${(model.models ?? []).join(", ") || "people"})`) : null,
    Object.entries(model.left_out ?? {}).map(([name, why]) => item(`${name} left out: ${why}`)),
    calls.map(call),
    (model.escalated ?? []).map((why) => item(`A bigger model was asked. ${why}`)),
    model.missing ? item(`Missing: ${model.missing}`) : null,
    model.failed ? item(model.failed) : null,
    calls.length ? item(`Together ${turn.tokens} tokens and ${dollars(turn.cost_usd)}`) : null,
  ];
}

function call(one) {
  const { tokens } = one;
  const name = one.answered_by || one.requested;
  const after = one.instead_of ? ` instead of ${one.instead_of}` : "";
  const readTokens = tokens.input + tokens.cached + tokens.written;
  const words = `${one.model} (${name})${after}: ${plain(one.outcome).toLowerCase()} in ${millis(one.seconds)}, `
    + `${readTokens} tokens read, ${tokens.output} written, ${dollars(one.cost_usd)}`;
  return h("li", {}, h("span", { text: words }), one.error ? h("p", { class: "dim", text: one.error }) : null, spoken(one));
}

function spoken({ prompt, answer }) {
  if (!prompt) return h("p", { class: "dim", text: "What it was asked is not kept any more." });
  const said = (prompt.messages ?? []).map(({ speaker, text }) => `${plain(speaker)}:\n${text}`);
  return h("details", {},
    h("summary", { text: "What it was asked and answered" }),
    h("pre", { dir: "auto", text: (prompt.system ?? []).join("\n\n") }),
    h("pre", { dir: "auto", text: said.join("\n\n") }),
    h("pre", { dir: "auto", text: answer ?? "" }));
}

function action({ name, details, state, steps: taken }) {
  return h("li", {},
    h("span", { dir: "auto", text: `${plain(name)} (${details}): ${plain(state).toLowerCase()}` }),
    h("ul", {}, taken.map(({ event, actor, at }) =>
      h("li", {}, h("span", { text: `${plain(event)} by ${actor}, ` }), h("time", { text: full(at) })))));
}

function steps(turn, stages) {
  const place = (name) => (STAGES.includes(name) ? STAGES.indexOf(name) : STAGES.length);
  const inside = Object.entries(stages).sort(([a], [b]) => place(a) - place(b));
  const each = inside.map(([name, seconds]) => item(`${plain(name)}: ${millis(seconds)}`));
  const whole = turn.finished_at ? [item(`Altogether: ${millis(turn.finished_at - turn.started_at)}`)] : [];
  return [...each, ...whole];
}
