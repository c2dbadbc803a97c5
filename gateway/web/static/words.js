// Turns the codes of the API into the words that staff read.

export const REASONS = {
  asked_for_person: "Asked for a person",
  asked_again: "Asked twice whether this is a bot",
  low_confidence: "The assistant was not sure",
  unsuccessful_exchanges: "The assistant could not help",
  not_understood: "The assistant did not understand",
  our_failure: "Something of ours failed",
  knowledge_unavailable: "Knowledge could not be reached",
  forgotten: "Nobody wrote back in time",
  rated_low: "Rated low, wants a person",
  owner_away: "Whoever had it is away",
  owner_silent: "Nobody wrote here for a day",
  reopened: "Came back after it was closed",
  delivery_failed: "A message could not be delivered",
  delivery_uncertain: "A message may not have arrived",
  rollout_off: "The assistant is off here",
  paused: "The assistant is paused",
  draft: "People check answers here",
  draft_again: "A draft to check",
  draft_expired: "A draft that nobody sent",
  shadow: "The assistant only watches here",
  unreadable_file: "A file could not be read",
  taken: "A person took over",
  not_answered: "Written at a machine's pace",
  in_circles: "Answering went round in circles",
  personal_data: "Personal data in a public place",
  closure: "Wants to leave",
  billing_dispute: "Disputes a charge",
  legal: "Legal matter",
  security: "Security or fraud",
  complaint: "Complaint",
  safety: "Somebody may be in danger",
  regulated_data: "Regulated data",
  vip: "VIP",
  prefers_person: "Prefers a person",
  people_only: "People answer here",
  contact_again: "Here again with the same matter",
  refund_above_limit: "Refund above the limit",
  fault_remains: "A fault that remains",
  tier_2: "A person checks this",
  tier_3: "People answer this",
};

/** An unknown code is still readable: `needs_review` becomes "Needs review". */
export function plain(code) {
  const words = String(code ?? "").replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const reasonWords = (code) => (code ? REASONS[code] ?? plain(code) : "");

const KINDS = {
  web: "Web chat", whatsapp: "WhatsApp", slack: "Slack", discord: "Discord",
  telegram: "Telegram", email: "Email", api: "API",
};

/** The channel's own name, with its kind where the name does not say it. */
export function channelWords(channel, kind) {
  if (!kind) return KINDS[channel] ?? channel ?? "";
  const sort = KINDS[kind] ?? plain(kind);
  const same = !channel || channel === kind || channel.toLowerCase() === sort.toLowerCase();
  return same ? sort || channel : `${sort} · ${channel}`;
}

const DELIVERY = {
  queued: "waiting to be sent",
  sending: "sending…",
  sent: "sent",
  delivered: "delivered",
  read: "read",
  failed: "not delivered",
  uncertain: "may not have arrived",
  withdrawn: "withdrawn, never sent",
  discarded: "discarded, never sent",
  held: "not sent yet",
};

export const deliveryWords = (state) => (state ? DELIVERY[state] ?? plain(state) : "");
export const deliveryIsBad = (state) => state === "failed" || state === "uncertain" || state === "held";

/** Who may speak, from the reader's side. */
export function ownerWords(conversation, me) {
  if (conversation.owner === "queue") return "Nobody has it yet";
  if (conversation.owner === "assistant") {
    return conversation.covered ? "Waits for a person; the assistant helps meanwhile" : "The assistant has it";
  }
  return isMine(conversation, me) ? "You have it" : `${conversation.owner_name ?? "A colleague"} has it`;
}

export function isMine(conversation, me) {
  return conversation.mine ?? (conversation.owner === "staff" && conversation.owner_name === me.name);
}

/** A colleague's conversation: to be taken over before anything but a note. */
export function isColleagues(conversation, me) {
  return conversation.owner === "staff" && !isMine(conversation, me);
}

export const contactName = (contact) => (typeof contact === "string" ? contact : contact?.name) || "Visitor";

/** The badge of a message: what it is, never what its content says it is. */
export function origin(message) {
  if (message.kind === "note") return { sort: "note", words: "Note · stays inside" };
  if (message.author === "customer") return { sort: "customer", words: "Customer" };
  if (message.author === "assistant") return { sort: "assistant", words: "AI assistant" };
  if (message.author === "staff") return { sort: "staff", words: "Staff" };
  return { sort: "system", words: "Frontdesk" };
}

export function size(bytes) {
  if (typeof bytes !== "number") return "";
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
