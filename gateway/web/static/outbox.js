// What was written but is not yet known to have arrived, and drafts; both outlive a reload.

const LOST = "The page was reloaded before Frontdesk confirmed this. Trying again is safe: it is never sent twice.";

/** Drafts and unsent messages by conversation, kept for this tab and this member of staff. */
export class Outbox {
  constructor({ api, me, storage, onChange, onSettled }) {
    this.api = api;
    this.storage = storage;
    this.name = `frontdesk:${me.name}`;
    this.onChange = onChange;
    this.onSettled = onSettled;
    this.kept = this.load();
    this.pumping = new Set();
  }

  load() {
    try {
      const kept = JSON.parse(this.storage.getItem(this.name)) ?? {};
      for (const entry of Object.values(kept)) {
        entry.pending = entry.pending.filter((item) => item.state !== "accepted");
        for (const item of entry.pending) if (item.state !== "failed") Object.assign(item, { state: "failed", why: LOST });
      }
      return kept;
    } catch {
      return {};
    }
  }

  save() {
    for (const [id, { draft, pending }] of Object.entries(this.kept)) {
      if (!draft && !pending.length) delete this.kept[id];
    }
    try {
      this.storage.setItem(this.name, JSON.stringify(this.kept));
    } catch {
      // A full or forbidden storage only costs the safety of a reload.
    }
  }

  of(conversation) {
    this.kept[conversation] ??= { draft: "", pending: [] };
    return this.kept[conversation];
  }

  draft(conversation) {
    return this.kept[conversation]?.draft ?? "";
  }

  keepDraft(conversation, text) {
    this.of(conversation).draft = text;
    this.save();
  }

  pending(conversation) {
    return this.kept[conversation]?.pending ?? [];
  }

  add(conversation, { text, note, files = [] }) {
    this.of(conversation).pending.push({ id: crypto.randomUUID(), text, note, files, state: "waiting", at: Date.now() / 1000 });
    this.changed(conversation);
    this.pump(conversation);
  }

  retry(conversation, id) {
    for (const item of this.pending(conversation)) if (item.id === id) Object.assign(item, { state: "waiting", why: undefined, taken: false });
    this.changed(conversation);
    this.pump(conversation);
  }

  /** Takes a failed message out, to be edited or thrown away, and returns it. */
  withdraw(conversation, id) {
    const item = this.pending(conversation).find((one) => one.id === id);
    this.forget(conversation, [id]);
    this.pump(conversation);
    return item;
  }

  accepted(conversation) {
    return this.pending(conversation).filter((item) => item.state === "accepted").map((item) => item.id);
  }

  forget(conversation, ids) {
    if (!ids.length) return;
    const entry = this.of(conversation);
    entry.pending = entry.pending.filter((item) => !ids.includes(item.id));
    this.changed(conversation);
  }

  changed(conversation) {
    this.save();
    this.onChange(conversation);
  }

  /** One at a time and in order: a failed message holds back what was written after it. */
  async pump(conversation) {
    if (this.pumping.has(conversation)) return;
    this.pumping.add(conversation);
    for (let item = this.next(conversation); item; item = this.next(conversation)) {
      await this.deliver(conversation, item);
    }
    this.pumping.delete(conversation);
  }

  next(conversation) {
    const first = this.pending(conversation).find((item) => item.state !== "accepted");
    return first?.state === "waiting" ? first : null;
  }

  async deliver(conversation, item) {
    item.state = "sending";
    this.changed(conversation);
    try {
      await this.api.send(conversation, item);
      item.state = "accepted";
    } catch (problem) {
      Object.assign(item, { state: "failed", why: problem.message, taken: problem.status === 409 });
    }
    this.changed(conversation);
    this.onSettled(conversation);
  }

  clear() {
    this.kept = {};
    this.storage.removeItem(this.name);
  }
}
