// Puts the desk together: who is signed in, what is open, and what the keys and events lead to.
import { Waiting } from "./approvals.js";
import { boundsOf } from "./bounds.js";
import { Conversation } from "./conversation.js";
import { byId } from "./dom.js";
import { showLessons } from "./drafts.js";
import { Keys } from "./keys.js";
import { List } from "./list.js";
import { coalesce } from "./live.js";
import { Outbox } from "./outbox.js";
import { Notify } from "./notify.js";
import { openPage, Page } from "./page.js";
import { presenceOf } from "./presence.js";
import { FirstSteps } from "./steps.js";
import { tick } from "./time.js";
import { Unread } from "./unread.js";
import { Viewers } from "./viewers.js";

const TICK_MS = 5000;
/** What stands around the list changes seldom; on a busy desk it must not be read with every message. */
const AROUND_MS = 2000;

class Desk extends Page {
  constructor(me, api) {
    super(me, api);
    this.lost = "What you see may be old; what you write is kept.";
    this.count = "";
    this.outbox = new Outbox({
      api, me, storage: sessionStorage,
      onChange: (id) => { if (id === this.conversation.id) this.conversation.pendingChanged(); },
      onSettled: (id) => this.settled(id),
    });
    this.list = new List({
      api, me, root: byId("list"), tabs: byId("tabs"), filter: byId("filter"),
      narrow: byId("narrow"), bulk: byId("bulk"),
      onCount: (count, more) => this.counted(count, more),
    });
    this.bounds = boundsOf(api, me);
    this.presence = presenceOf(api, me);
    this.unread = new Unread({ api, root: byId("unread") });
    this.waiting = new Waiting({ api, root: byId("approvals") });
    this.notify = new Notify({ api, me, toggle: byId("notify"), storage: localStorage });
    this.steps = new FirstSteps({ api, me, root: byId("first-steps") });
    const around = [this.unread, this.bounds, this.waiting, this.presence, this.steps, this.notify];
    this.around = coalesce(() => Promise.all(around.map((part) => part.refresh())), AROUND_MS);
    this.conversation = new Conversation({
      root: byId("conversation"), api, me, outbox: this.outbox,
      onTyped: () => this.viewers.typed(),
      onChanged: () => { this.list.refresh(); this.waiting.refresh(); },
      onClose: () => this.leave(),
    });
    this.viewers = new Viewers({ api, me, root: this.conversation.viewers, rows: byId("list") });
    this.list.onDrawn = () => this.viewers.drawRows();
  }

  start() {
    this.frame("conversation");
    byId("lessons").addEventListener("click", () => showLessons(this.api));
    byId("help").addEventListener("click", () => this.keys.help());
    this.keys = new Keys({ actions: this.actions(), storage: localStorage });
    addEventListener("hashchange", () => this.route());
    addEventListener("popstate", () => this.route());
    addEventListener("offline", () => this.reached(false));
    setInterval(() => tick(document), TICK_MS);
    this.list.restart();
    this.around();
    this.viewers.refresh();
    this.route();
    this.live.start();
  }

  actions() {
    const { list, conversation } = this;
    return {
      j: () => list.move(1),
      k: () => list.move(-1),
      t: () => conversation.act("take"),
      r: () => conversation.act("return"),
      e: () => conversation.act("resolve"),
      c: () => conversation.reply(),
      a: () => conversation.sendDraft(),
      l: () => showLessons(this.api),
      f: () => list.filters.focus(),
      s: () => list.bulk.toggle(),
      "?": () => this.keys.help(),
      Escape: () => this.leave(),
    };
  }

  route() {
    const id = opened(location.hash);
    document.body.dataset.view = id ? "conversation" : "list";
    this.list.select(id);
    if (id) this.conversation.open(id);
    else this.conversation.close();
    this.live.watch(id);
    this.viewers.watch(id);
    this.title();
  }

  leave() {
    const { id } = this.conversation;
    if (!id) return;
    history.pushState(null, "", location.pathname);
    this.route();
    this.list.focusOn(id);
  }

  happened(event) {
    if (event === "conversations") {
      this.list.refresh();
      this.around();
    }
    if (event === "viewers") this.viewers.refresh();
    if (event === "conversation") this.conversation.refresh();
  }

  settled(id) {
    if (id === this.conversation.id) this.conversation.refresh();
    else this.outbox.forget(id, this.outbox.accepted(id));
    this.list.refresh();
  }

  counted(count, more) {
    this.count = count ? `(${count}${more ? "+" : ""}) ` : "";
    this.title();
  }

  title() {
    document.title = `${this.count}${this.me.business ?? "Desk"} · Frontdesk`;
  }

  forget() {
    this.outbox.clear();
  }
}

function opened(hash) {
  if (!hash.startsWith("#c/")) return null;
  try {
    return decodeURIComponent(hash.slice(3)) || null;
  } catch {
    return null;
  }
}

openPage((me, api) => new Desk(me, api), "conversation").then((opened) => {
  // On a phone only one side is seen: the one that says what is wrong.
  if (!opened) document.body.dataset.view = "conversation";
});
