// How long somebody may still wait, and what has become late: for rows of the list and for heads.
import { h } from "./dom.js";
import { full } from "./time.js";

/** What bears on the time: a promise that runs or is broken, another desk, a reminder. */
export function standingNodes(item) {
  return [
    item.late_at ? h("span", { class: "late", title: `Late since ${full(item.late_at)}`, text: "Late" }) : due(item),
    item.escalated ? h("span", { class: "late", title: "Nobody answered in time at the first desk", text: `Moved to ${item.desk}` }) : null,
    item.reminded_at ? h("span", { class: "late", title: `Reminded ${full(item.reminded_at)}`, text: "Reminder" }) : null,
    item.owner_away ? h("span", { class: "dim", text: "away" }) : null,
  ];
}

function due({ due_at }) {
  if (!due_at) return null;
  return h("time", { class: "due dim", data: { due: due_at }, title: `A person is to answer by ${full(due_at)}` });
}
