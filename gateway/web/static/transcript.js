// The messages of one conversation as far as they were read: the last page, and earlier ones on
// request.

export class Transcript {
  constructor() {
    this.bySeq = new Map();
    this.earlier = null;
  }

  /** A fresh last page; earlier pages that were read stay, unless a gap would come between. */
  freshen({ messages, earlier }) {
    const newest = Math.max(...this.bySeq.keys());
    const connected = messages.some((message) => message.seq <= newest);
    if (!connected) {
      this.bySeq.clear();
      this.earlier = earlier ?? null;
    }
    return this.add(messages);
  }

  /** The page before what is known. */
  extend({ messages, earlier }) {
    this.earlier = earlier ?? null;
    return this.add(messages);
  }

  add(messages) {
    for (const message of messages) this.bySeq.set(message.seq, message);
    return [...this.bySeq.values()].sort((one, other) => one.seq - other.seq);
  }
}
