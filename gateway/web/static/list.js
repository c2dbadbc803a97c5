// The list of conversations: its tabs, its channel filter, its rows and who waits.
import { Bulk } from "./bulk.js";
import { announce, button, h, reconcile } from "./dom.js";
import { Filters } from "./filters.js";
import { coalesce } from "./live.js";
import { standingNodes } from "./standing.js";
import { brief, tick } from "./time.js";
import { channelWords, contactName, isMine, ownerWords, plain, reasonWords } from "./words.js";

const TABS = [
  { key: "queue", words: "Waiting", empty: "Nobody is waiting.", more: "New requests for a person appear here by themselves." },
  { key: "drafts", words: "Drafts", empty: "No draft waits.", more: "Where a person checks what the assistant would say, it appears here.", query: { draft: "open" } },
  { key: "me", words: "Mine", empty: "You have no conversations.", more: "What you take appears here.", count: "mine" },
  { key: "staff", words: "People", empty: "Nobody is talking to staff.", more: "What you or a colleague take appears here." },
  { key: "assistant", words: "Assistant", empty: "The assistant has no conversations.", more: "They appear with a customer’s first message." },
  { key: "", words: "All", empty: "No conversations yet.", more: "They appear with a customer’s first message." },
  { key: "watch", words: "To read", empty: "Nothing to read.", more: "For two weeks after the assistant is opened somewhere, its conversations appear here until somebody has read them.", query: { watch: "unread" }, count: "to_read" },
];
const MOST_PAGES = 10;

export class List {
  constructor({ api, me, root, tabs, filter, narrow, bulk, onCount }) {
    Object.assign(this, { api, me, root, filter, onCount });
    this.tab = "queue";
    this.channel = "";
    this.channels = new Map();
    this.pages = 1;
    this.selected = null;
    this.items = null;
    this.waiting = null;
    this.many = {};
    this.refresh = coalesce(() => this.load());
    this.filters = new Filters({ api, root: narrow, onChange: () => this.restart() });
    this.bulk = new Bulk({ api, root: bulk, onChange: () => this.draw(), onDone: () => this.refresh() });
    this.tabButtons = new Map(TABS.map((tab) => [tab.key, button(tab.words, () => this.choose(tab.key), { class: "tab" })]));
    tabs.append(...this.tabButtons.values());
    this.rows = h("ul", { class: "rows" });
    this.state = h("div", { class: "state" });
    root.append(this.rows, this.state);
    filter.querySelector("select").addEventListener("change", (event) => this.pick(event.target.value));
    this.drawTabs();
  }

  choose(tab) {
    this.tab = tab;
    this.restart();
  }

  pick(channel) {
    this.channel = channel;
    this.restart();
  }

  restart() {
    this.pages = 1;
    this.items = null;
    this.drawTabs();
    this.draw();
    this.root.scrollTop = 0;
    return this.refresh();
  }

  select(id) {
    this.selected = id;
    this.draw();
  }

  async load() {
    const [tab, channel] = [this.tab, this.channel];
    const narrowed = this.filters.wanted;
    this.problem = null;
    try {
      const found = await this.read(tab, channel, narrowed);
      const same = JSON.stringify(narrowed) === JSON.stringify(this.filters.wanted);
      if (tab === this.tab && channel === this.channel && same) [this.items, this.next] = [found.items, found.next];
      const all = tab === "queue" && !channel && !Object.keys(narrowed).length;
      this.many = await this.api.counts();
      this.count(all ? found : await this.api.conversations({ owner: "queue" }));
      this.bulk.keep(this.items ?? []);
    } catch (problem) {
      this.problem = problem;
    }
    this.draw();
  }

  /** All the pages that were asked for, read afresh. */
  async read(owner, channel, narrowed) {
    const items = new Map();
    const wanted = TABS.find(({ key }) => key === owner)?.query ?? { owner };
    let cursor;
    for (let page = 0; page < this.pages; page += 1) {
      const part = await this.api.conversations({ ...wanted, ...narrowed, channel, cursor });
      for (const item of part.items) items.set(item.id, item);
      cursor = part.next;
      if (!cursor) break;
    }
    return { items: [...items.values()], next: cursor };
  }

  count({ items, next }) {
    const before = this.waiting;
    this.waiting = new Set(items.map((item) => item.id));
    this.onCount(items.length, Boolean(next));
    this.drawTabs(next ? `${items.length}+` : items.length);
    if (before) this.tell(items.filter((item) => !before.has(item.id)));
  }

  tell(fresh) {
    if (fresh.length === 1) {
      const [item] = fresh;
      announce(`${contactName(item.contact)} is waiting on ${channelWords(item.channel, item.kind)}. ${reasonWords(item.reason)}`);
    } else if (fresh.length) announce(`${fresh.length} more conversations are waiting.`);
  }

  drawTabs(count = this.shown) {
    this.shown = count;
    for (const [key, node] of this.tabButtons) {
      if (key === this.tab) node.setAttribute("aria-current", "true");
      else node.removeAttribute("aria-current");
    }
    for (const tab of TABS) {
      const number = tab.key === "queue" ? count : this.many[tab.count];
      const shown = number ? [h("span", { class: "count", text: number })] : [];
      this.tabButtons.get(tab.key).replaceChildren(tab.words, ...shown);
    }
  }

  draw() {
    reconcile(this.rows, this.entries(), (entry) => drawEntry(entry, (item, picked) => this.bulk.pick(item, picked)));
    this.drawState();
    this.drawFilter();
    tick(this.rows);
    this.onDrawn?.();
  }

  entries() {
    const rows = (this.items ?? []).map((item) => ({
      key: item.id, item, selected: item.id === this.selected, owner: this.whose(item),
      pick: this.bulk.on ? this.bulk.picked.has(item.id) : null,
    }));
    if (this.tab !== "staff" || !rows.length) return rows;
    const mine = rows.filter((row) => isMine(row.item, this.me));
    const theirs = rows.filter((row) => !isMine(row.item, this.me));
    return [...group("Yours", mine), ...group("Colleagues’", theirs)];
  }

  /** Said in a row only where the tab does not say it. */
  whose(item) {
    if (item.covered) return "the assistant helps meanwhile";
    const known = this.tab === "queue" || this.tab === "me" || this.tab === "assistant" || (this.tab === "staff" && isMine(item, this.me));
    return known ? "" : ownerWords(item, this.me);
  }

  drawState() {
    this.root.setAttribute("aria-busy", String(!this.items && !this.problem));
    const state = this.stateNow();
    const signature = JSON.stringify([state, this.tab, this.problem?.message]);
    if (signature === this.stateShown) return;
    this.stateShown = signature;
    this.state.replaceChildren(...this.stateNodes(state));
  }

  stateNow() {
    // The banner over the desk says that the gateway is out of reach.
    if (this.problem && !(this.items && this.problem.status === 0)) return "problem";
    if (!this.items) return "loading";
    if (!this.items.length) return "empty";
    return this.next && this.pages < MOST_PAGES ? "more" : "";
  }

  stateNodes(state) {
    if (state === "problem") {
      return [h("p", { class: "problem", role: "alert", text: this.problem.message }), button("Try again", () => this.refresh())];
    }
    if (state === "loading") return skeleton();
    if (state === "more") return [button("Show more", () => { this.pages += 1; this.refresh(); }, { class: "wide" })];
    if (state !== "empty") return [];
    if (Object.keys(this.filters.wanted).length) {
      return [h("p", { class: "empty", text: "Nothing fits." }), h("p", { class: "dim", text: "Set fewer filters, or look under All." })];
    }
    const tab = TABS.find(({ key }) => key === this.tab);
    return [h("p", { class: "empty", text: tab.empty }), h("p", { class: "dim", text: tab.more })];
  }

  drawFilter() {
    for (const item of this.items ?? []) this.channels.set(item.channel, item.kind);
    this.filter.hidden = this.channels.size < 2;
    const select = this.filter.querySelector("select");
    if (select.options.length === this.channels.size + 1) return;
    select.replaceChildren(
      h("option", { value: "", text: "All channels" }),
      ...[...this.channels].sort().map(([name, kind]) => h("option", { value: name, text: channelWords(name, kind) })));
    select.value = this.channel;
  }

  /** Moves the focus by rows, from the focused row, else from the open conversation. */
  move(step) {
    const links = [...this.rows.querySelectorAll(".row > a")];
    if (!links.length) return;
    const at = links.includes(document.activeElement)
      ? links.indexOf(document.activeElement)
      : links.findIndex((link) => link.hasAttribute("aria-current"));
    const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  focusOn(id) {
    const row = [...this.rows.children].find((node) => node.dataset.key === id) ?? this.rows;
    (row.querySelector("a") ?? this.tabButtons.get(this.tab)).focus();
  }
}

function group(words, rows) {
  return rows.length ? [{ key: `group ${words}`, group: `${words} (${rows.length})` }, ...rows] : [];
}

function drawEntry(entry, pick) {
  if (entry.group) return h("li", { class: "group" }, h("h2", { text: entry.group }));
  const { item, selected, owner } = entry;
  return h("li", { class: entry.pick === null ? "row" : "row picking" },
    entry.pick === null ? null : picker(entry, pick),
    h("a", { href: `#c/${encodeURIComponent(item.id)}`, "aria-current": selected ? "true" : null },
      h("span", { class: "who" }, h("bdi", { text: contactName(item.contact) })),
      age(item),
      h("span", { class: "why" },
        h("span", { class: "on", text: channelWords(item.channel, item.kind) }),
        item.reason ? h("span", { class: "reason", text: reasonWords(item.reason) }) : null,
        item.alarm ? h("span", { class: "reason", title: item.alarm, text: "Not seen in the team's channel" }) : null,
        item.draft ? h("span", { class: "reason", text: "Draft to check" }) : null,
        windowLeft(item),
        standingNodes(item),
        item.watch && !item.watch.read_at ? h("span", { class: "reason", text: `To read${item.watch.intent ? `: ${plain(item.watch.intent)}` : ""}` }) : null,
        item.rating ? h("span", { class: item.rating < 3 ? "reason" : "dim", text: `rated ${item.rating} of 5` }) : null,
        (item.tags ?? []).map((tag) => h("span", { class: "dim" }, "#", h("bdi", { text: tag }))),
        owner ? h("span", { class: "dim", text: owner }) : null),
      lastLine(lastOf(item))));
}

function picker({ item, pick: picked }, pick) {
  const box = h("input", { type: "checkbox", "aria-label": `Select ${contactName(item.contact)}`, on: { change: () => pick(item, box.checked) } });
  box.checked = picked;
  return h("label", { class: "pick" }, box);
}

/** How long people may still write freely, while that is limited and not over. */
function windowLeft(item) {
  const minutes = item.window_until ? Math.floor(item.window_until - Date.now() / 1000) / 60 : 0;
  return minutes >= 1 ? h("span", { class: "dim", text: `${Math.floor(minutes)} min left` }) : null;
}

function age(item) {
  if (item.waiting_since) return h("time", { class: "wait", data: { since: item.waiting_since }, title: "Waiting time" });
  return h("time", { class: "dim", text: brief(lastOf(item)?.at ?? item.updated_at) });
}

const lastOf = (item) => item.last ?? item.last_message;

const SAYS = { customer: "", assistant: "Assistant: ", staff: "Staff: ", system: "Frontdesk: " };

function lastLine(last) {
  if (!last) return h("span", { class: "last dim", text: "No messages yet" });
  return h("span", { class: "last" },
    h("span", { class: "dim", text: SAYS[last.author] ?? `${plain(last.author)}: ` }),
    h("bdi", { text: (last.text ?? last.snippet) || "(a file)" }));
}

function skeleton() {
  const bars = Array.from({ length: 5 }, () => h("div", { class: "skeleton", "aria-hidden": "true" }, h("i"), h("i"), h("i")));
  return [h("p", { class: "unseen", role: "status", text: "Loading conversations…" }), ...bars];
}
