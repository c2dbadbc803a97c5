// One open conversation: its head with the owner, its messages, its brief and its reply box.
import { drawActions } from "./approvals.js";
import { drawBrief } from "./brief.js";
import { Composer } from "./composer.js";
import { correct } from "./correct.js";
import { drawHistory, drawTags } from "./customer.js";
import { announce, button, confirmed, h, reconcile } from "./dom.js";
import { Drafts } from "./drafts.js";
import { allowed, drawHead, question } from "./head.js";
import { coalesce } from "./live.js";
import { drawLogItem, logItems } from "./messages.js";
import { drawPerson, personActions } from "./person.js";
import { resolving } from "./resolving.js";
import { tick } from "./time.js";
import { showTrace } from "./trace.js";
import { Transcript } from "./transcript.js";
import { isColleagues, origin } from "./words.js";

const NEAR_END = 90;
const DONE = { take: "You have this conversation now.", return: "The assistant has it again.", resolve: "Resolved." };
const WIDE = matchMedia("(min-width: 1080px)");

export class Conversation {
  constructor({ root, api, me, outbox, onTyped, onChanged, onClose }) {
    Object.assign(this, { root, api, me, outbox, onTyped, onChanged, onClose });
    this.viewers = h("p", { class: "viewers", role: "status", hidden: true });
    this.id = null;
    this.drafts = new Drafts({ api, onDecided: () => this.decided() });
    this.refresh = coalesce(() => this.load());
    this.drawNothing();
  }

  open(id) {
    if (id === this.id) return undefined;
    Object.assign(this, { id, data: null, problem: null, trouble: null, busy: null, seen: null, transcript: new Transcript() });
    this.build();
    this.draw();
    this.head.focus({ preventScroll: true });
    return this.refresh();
  }

  close() {
    this.id = null;
    this.data = null;
    this.drawNothing();
  }

  drawNothing() {
    this.root.replaceChildren(h("div", { class: "nothing" },
      h("p", { class: "empty", text: "No conversation is open." }),
      h("p", { class: "dim" }, "Choose one from the list, or press ", h("kbd", { text: "j" }), " and ", h("kbd", { text: "Enter" }), ".")));
  }

  build() {
    this.head = h("div", { class: "head", tabindex: "-1" });
    this.log = h("div", { class: "log", role: "region", "aria-label": "Messages", tabindex: "0", on: { scroll: () => this.scrolled() } });
    this.stick = true;
    new ResizeObserver(() => { if (this.stick) this.toEnd(); }).observe(this.log);
    this.side = h("aside", { class: "side", "aria-label": "Brief" });
    this.below = button("New messages ↓", () => this.toEnd(), { class: "primary below", hidden: true });
    const { id } = this;
    this.composer = new Composer({
      api: this.api,
      text: this.outbox.draft(id),
      onAttach: (file) => this.api.attach(id, file),
      onSend: (message) => this.say(message),
      onDraft: (text) => { this.outbox.keepDraft(this.id, text); if (text) this.onTyped(); },
    });
    this.foot = h("div", { class: "foot-area" }, this.below, this.viewers, this.composer.element);
    this.root.replaceChildren(this.head, this.side, this.log, this.foot);
  }

  async load() {
    const { id } = this;
    if (!id) return;
    const known = this.outbox.accepted(id);
    try {
      const data = await this.api.conversation(id);
      if (id !== this.id) return;
      [this.data, this.problem] = [{ ...data, messages: this.transcript.freshen(data) }, null];
      this.outbox.forget(id, known);
    } catch (problem) {
      if (id !== this.id) return;
      this.problem = problem;
    }
    this.draw();
  }

  draw() {
    if (!this.id) return;
    this.foot.hidden = !this.data;
    this.side.hidden = !this.data;
    this.drawHead();
    if (this.data) {
      this.composer.update(this.data, this.me);
      this.drawSide();
      this.drawLog();
    } else this.drawState();
    tick(this.root);
  }

  drawSide() {
    const { contact, channel, reason, brief, cases, actions, draft, before, rating, tags } = this.data;
    const items = [{ key: this.id, contact, channel, reason, brief, cases, before, rating }];
    const { joins = [], elsewhere = [] } = contact ?? {};
    items.push({ key: "person", contact: { id: contact?.id, name: contact?.name }, joins, elsewhere });
    if (draft) items.unshift({ key: "draft", draft, isOthers: isColleagues(this.data, this.me) });
    if (actions?.length) items.push({ key: "actions", actions });
    items.push({ key: "tags", tags: tags ?? [] }, { key: `history ${this.id}`, history: this.id });
    reconcile(this.side, items, (item) => this.drawPart(item));
  }

  drawPart(item) {
    if (item.draft) return this.drafts.card(item);
    if (item.joins) return drawPerson(item, personActions(this.api, () => this.decided()));
    if (item.actions) return drawActions(item, (...decision) => this.decide(...decision));
    if (item.tags) return drawTags(item, { add: (tag) => this.tag({ add: [tag] }), remove: (tag) => this.tag({ remove: [tag] }) });
    if (item.history) return drawHistory(this.api, item.history);
    return drawBrief(item, { open: WIDE.matches && !this.data.draft });
  }

  async tag(change) {
    try {
      await this.api.tag(this.id, change);
    } catch (problem) {
      announce(problem.message);
    }
    await this.refresh();
    this.onChanged();
  }

  sendDraft() {
    if (this.data && !isColleagues(this.data, this.me)) this.drafts.pressed(this.data.draft);
  }

  async decide(action, verb, reason) {
    try {
      await this.api.decideAction(action, verb, reason);
      announce(verb === "approve" ? "Approved." : "Refused.");
    } catch (problem) {
      announce(problem.message);
    }
    await this.decided();
  }

  async decided() {
    await this.refresh();
    this.onChanged();
  }

  drawHead() {
    const { data, busy, trouble, problem } = this;
    const item = {
      key: "head", busy, trouble, problem: data && problem?.status ? problem.message : null,
      data: data && { ...data, messages: null, brief: null },
    };
    reconcile(this.head, [item], () => drawHead(item, this.me, {
      back: () => this.onClose(),
      act: (verb) => this.act(verb),
      read: () => this.markRead(),
      again: () => this.again(),
      reload: () => { this.trouble = null; this.refresh(); },
    }));
  }

  drawState() {
    const { problem } = this;
    if (!problem) {
      const bars = Array.from({ length: 4 }, () => h("div", { class: "skeleton", "aria-hidden": "true" }, h("i"), h("i")));
      this.log.replaceChildren(h("p", { class: "unseen", role: "status", text: "Loading the conversation…" }), ...bars);
      return;
    }
    const words = problem.status === 404 ? "This conversation is not there any more. It may have been erased." : problem.message;
    this.log.replaceChildren(h("div", { class: "nothing" },
      h("p", { class: "problem", role: "alert", text: words }),
      h("p", { class: "buttons" }, button("Try again", () => this.refresh(), { class: "primary" }), button("Back to the list", () => this.onClose()))));
  }

  drawLog() {
    const first = this.seen === null;
    const atEnd = first || this.stick;
    const items = logItems(this.data, this.outbox.pending(this.id), this.me);
    if (this.transcript.earlier) items.unshift({ key: "earlier", type: "earlier" });
    reconcile(this.log, items.length ? items : [{ key: "day-none", type: "day", words: "No messages yet" }], (entry) => drawLogItem(entry, {
      original: this.me.role === "lead" ? (id) => this.api.original(this.id, id) : null,
      trace: (turn) => showTrace(this.api, turn),
      correct: this.me.role === "lead" ? (turn) => correct(this.api, turn) : null,
      earlier: () => this.readEarlier(),
      takeAndRetry: (id) => this.takeAndRetry(id),
      retry: (id) => this.outbox.retry(this.id, id),
      edit: (id) => this.composer.restore(this.outbox.withdraw(this.id, id)),
      discard: (id) => this.outbox.withdraw(this.id, id),
    }));
    const last = this.data.messages.at(-1);
    const fresh = !first && last && last.seq > this.seen;
    this.seen = last?.seq ?? 0;
    if (atEnd) this.toEnd();
    else if (fresh) this.below.hidden = false;
    if (fresh) this.tell(last);
  }

  tell(message) {
    if (message.author === "staff" && message.name === this.me.name) return;
    announce(`${origin(message).words}: ${message.text.slice(0, 200)}`);
  }

  /** A message of the reader's own was added: show it. */
  pendingChanged() {
    if (!this.data) return;
    this.drawLog();
    if (this.outbox.pending(this.id).length) this.toEnd();
  }

  nearEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_END;
  }

  scrolled() {
    this.stick = this.nearEnd();
    if (this.stick) this.below.hidden = true;
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.below.hidden = true;
  }

  /** take, return or resolve, on what the reader sees now: its epoch goes along. */
  async markRead() {
    const { id } = this;
    try {
      await this.api.markRead(id);
    } finally {
      if (id === this.id) this.refresh();
    }
  }

  async act(verb) {
    const { id, data } = this;
    if (!data || this.busy || !allowed(verb, data, this.me)) return false;
    const ask = question(verb, data, this.me, this.outbox.draft(id));
    const sure = !ask || (await this.sure(verb, ask));
    if (!sure) return false;
    const seen = verb === "resolve" ? data.messages.at(-1)?.seq : undefined;
    return this.perform({ conversation: id, verb, id: crypto.randomUUID(), epoch: data.epoch, seen, more: sure === true ? {} : sure });
  }

  /** False where not; what goes along with the request, or true. */
  async sure(verb, [title, words, label]) {
    if (verb !== "resolve") return confirmed(title, words, label);
    const { id } = this;
    return (await resolving(title, words, async () => (await this.api.writeUp(id)).write_up)) ?? false;
  }

  /** The same request once more: its id makes a repetition harmless. */
  again() {
    return this.perform(this.trouble.request);
  }

  async perform(request) {
    Object.assign(this, { busy: request.verb, trouble: null });
    this.drawHead();
    const trouble = await this.asked(request);
    if (this.id !== request.conversation) return !trouble;
    Object.assign(this, { busy: null, trouble });
    if (!trouble) announce(DONE[request.verb]);
    await this.refresh();
    this.draw();
    this.onChanged();
    if (!trouble && request.verb === "take") this.composer.focus();
    return !trouble;
  }

  async asked(request) {
    try {
      await this.api.act(request.conversation, request.verb, request.id, request.epoch, request.seen, request.more);
      return null;
    } catch (problem) {
      return { words: problem.message, moved: problem.status === 409, verb: request.verb, request };
    }
  }

  /** A colleague's conversation is taken over first, and asked about. */
  async say(message) {
    const { id, composer } = this;
    if (message.note || !isColleagues(this.data, this.me) || (await this.act("take"))) this.outbox.add(id, message);
    else composer.restore(message);
  }

  async takeAndRetry(item) {
    const { id } = this;
    if (!allowed("take", this.data, this.me) || (await this.act("take"))) this.outbox.retry(id, item);
  }

  async readEarlier() {
    const { id, transcript } = this;
    try {
      const page = await this.api.conversation(id, { before: transcript.earlier });
      if (transcript !== this.transcript) return;
      this.data.messages = transcript.extend(page);
    } catch (problem) {
      this.problem = problem;
    }
    const fromEnd = this.log.scrollHeight - this.log.scrollTop;
    this.draw();
    this.log.scrollTop = this.log.scrollHeight - fromEnd;
  }

  reply() {
    if (this.data) this.composer.focus();
  }

}
