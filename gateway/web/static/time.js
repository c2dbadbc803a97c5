// Says times and waits in words, by the server's clock.

let skewSeconds = 0;

/** Staff machines' clocks go wrong; waits are measured against the gateway's. */
export function noteServerTime(header) {
  const at = Date.parse(header ?? "");
  if (Number.isNaN(at)) return;
  const skew = (at - Date.now()) / 1000;
  // The header counts whole seconds and is late by the way here.
  skewSeconds = Math.abs(skew) < 3 ? 0 : skew;
}

export const now = () => Date.now() / 1000 + skewSeconds;

/** "4 min", "1 h 12 min", "2 d 3 h". */
export function span(seconds) {
  const minutes = Math.floor(Math.max(0, seconds) / 60);
  if (minutes < 1) return "under 1 min";
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return together(hours, "h", minutes % 60, "min");
  return together(Math.floor(hours / 24), "d", hours % 24, "h");
}

function together(many, unit, rest, smaller) {
  return rest ? `${many} ${unit} ${rest} ${smaller}` : `${many} ${unit}`;
}

const DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const DATE_YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export const clock = (at) => CLOCK.format(at * 1000);
export const full = (at) => FULL.format(at * 1000);

/** "Today", "Yesterday", "3 Mar", "3 Mar 2024". */
export function day(at) {
  const date = new Date(at * 1000);
  const today = new Date(now() * 1000);
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (date.toDateString() === today.toDateString()) return "Today";
  if (date.toDateString() === yesterday.toDateString()) return "Yesterday";
  return (date.getFullYear() === today.getFullYear() ? DATE : DATE_YEAR).format(date);
}

/** The time today, else the day: short enough for a row. */
export function brief(at) {
  const which = day(at);
  return which === "Today" ? clock(at) : which;
}

/** From these ages on a wait is shown as late: when staff are reminded, and when it alarms. */
const LATE = 30 * 60;
const ALARM = 60 * 60;

/** Brings every `<time data-since>` and `<time data-due>` under `root` up to date. */
export function tick(root) {
  for (const node of root.querySelectorAll("time[data-due]")) {
    const left = Number(node.dataset.due) - now();
    const words = left > 0 ? `answer in ${span(left)}` : `overdue ${span(-left)}`;
    if (node.textContent !== words) node.textContent = words;
  }
  for (const node of root.querySelectorAll("time[data-since]")) {
    const age = now() - Number(node.dataset.since);
    const words = span(age);
    if (node.textContent !== words) node.textContent = words;
    const lateness = age >= ALARM ? "alarm" : age >= LATE ? "late" : "";
    if ((node.dataset.late ?? "") !== lateness) node.dataset.late = lateness;
  }
}
