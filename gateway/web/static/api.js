// Speaks HTTP with the gateway: JSON both ways, every refusal turned into one kind of error.
import { noteServerTime } from "./time.js";

const PATIENCE_MS = 15000;

/** What went wrong, in words for people. `status` is 0 when the gateway could not be reached. */
export class Problem extends Error {
  constructor(status, message, fields = {}) {
    super(message);
    this.status = status;
    this.epoch = fields.epoch;
    this.fields = fields;
  }
}

const WORDS = {
  403: "You may not do that. Ask the lead of the desk.",
  404: "It is not there any more.",
  409: "Somebody else was faster.",
  413: "That is too long. Shorten it and try again.",
  429: "Too many tries. Wait a minute and try again.",
  503: "Frontdesk is starting or stopping. Try again in a moment.",
};

export async function request(method, path, body, patience = PATIENCE_MS) {
  const response = await answer(method, path, body, patience);
  noteServerTime(response.headers.get("Date"));
  const data = await parsed(response);
  if (response.ok) return data;
  const words = WORDS[response.status] ?? `Frontdesk answered with error ${response.status}. Try again, or tell whoever runs it.`;
  throw new Problem(response.status, data?.detail || data?.title || words, data ?? {});
}

async function answer(method, path, body, patience) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") {
    headers["X-Frontdesk"] = "1";
    headers["Content-Type"] = "application/json";
  }
  try {
    return await fetch(path, {
      method,
      headers,
      body: method === "GET" ? undefined : JSON.stringify(body ?? {}),
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(patience),
    });
  } catch (error) {
    const late = error.name === "TimeoutError";
    throw new Problem(0, late ? "Frontdesk took too long to answer." : "Frontdesk can’t be reached. Check your connection.");
  }
}

async function parsed(response) {
  if (!/\bjson\b/.test(response.headers.get("Content-Type") ?? "")) return null;
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/** The desk's calls. `onSignedOut` runs when the session has ended, `onReach` after every call. */
export class Api {
  constructor({ onSignedOut, onReach }) {
    this.onSignedOut = onSignedOut;
    this.onReach = onReach;
  }

  async call(method, path, body, patience) {
    try {
      const data = await request(method, path, body, patience);
      this.onReach(true);
      return data;
    } catch (error) {
      if (error.status === 401) this.onSignedOut();
      if (error instanceof Problem) this.onReach(error.status !== 0);
      throw error;
    }
  }

  me() {
    return this.call("GET", "/api/v1/me");
  }

  /** Whatever is set of `wanted` narrows the list. */
  conversations(wanted) {
    const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
    const tail = query.size ? `?${query}` : "";
    return this.call("GET", `/api/v1/conversations${tail}`);
  }

  /** The last page of its messages, or the page before the seq `before`. */
  conversation(id, { before } = {}) {
    return this.call("GET", `${conversationPath(id)}${before ? `?before=${before}` : ""}`);
  }

  /** `item.id` stays the same on a retry, so that a repetition is harmless. */
  send(conversation, item) {
    const body = { id: item.id, text: item.text };
    if (item.note) body.note = true;
    if (item.files?.length) body.files = item.files.map((file) => file.id);
    return this.call("POST", `${conversationPath(conversation)}/messages`, body);
  }

  /** Keeps a file for a reply in this conversation; its id. */
  attach(conversation, file) {
    const query = new URLSearchParams({ name: file.name || "file" });
    if (file.type) query.set("type", file.type.split(";")[0].toLowerCase());
    return this.upload(`${conversationPath(conversation)}/files?${query}`, file);
  }

  /** `verb` is take, return or resolve; refused with 409 when the owner changed after `epoch`,
      or the customer wrote after message `seen`. */
  act(conversation, verb, id, epoch, seen, more = {}) {
    return this.call("POST", `${conversationPath(conversation)}/${verb}`, { id, epoch, seen, ...more });
  }

  /** How much is in each queue. */
  counts() {
    return this.call("GET", "/api/v1/counts");
  }

  tags() {
    return this.call("GET", "/api/v1/tags");
  }

  tag(conversation, change) {
    return this.call("POST", `${conversationPath(conversation)}/tags`, change);
  }

  /** The customer's cases on all channels. */
  history(conversation) {
    return this.call("GET", `${conversationPath(conversation)}/history`);
  }

  /** What the open case would be remembered by. */
  writeUp(conversation) {
    return this.call("GET", `${conversationPath(conversation)}/write-up`);
  }

  resolveAll(id, conversations) {
    return this.call("POST", "/api/v1/conversations/resolve", { id, conversations });
  }

  cannedReplies() {
    return this.call("GET", "/api/v1/canned-replies");
  }

  keepCanned(name, text) {
    return this.call("POST", "/api/v1/canned-replies", { name, text });
  }

  removeCanned(reply) {
    return this.call("POST", `/api/v1/canned-replies/${encodeURIComponent(reply)}/remove`);
  }

  /** A message's words as they came; leads only, and noted in the conversation. */
  original(conversation, message) {
    const path = `${conversationPath(conversation)}/messages/${encodeURIComponent(message)}/original`;
    return this.call("POST", path, { id: crypto.randomUUID() });
  }

  /** Somebody has read a conversation of the watch list. */
  markRead(conversation) {
    return this.call("POST", `${conversationPath(conversation)}/read`);
  }

  pauses() {
    return this.call("GET", "/api/v1/pauses");
  }

  /** `verb` is pause or resume; without a channel it is the switch of all of them. */
  turn(verb, channel) {
    return this.call("POST", `/api/v1/${verb}`, channel ? { channel } : {});
  }

  budgets() {
    return this.call("GET", "/api/v1/budgets");
  }

  /** Being away passes on what one has. */
  presence(away) {
    return this.call("POST", "/api/v1/me/away", { away });
  }

  unreadable() {
    return this.call("GET", "/api/v1/unreadable");
  }

  seenTo(event) {
    return this.call("POST", `/api/v1/unreadable/${encodeURIComponent(event)}/handled`);
  }

  waitingActions() {
    return this.call("GET", "/api/v1/actions");
  }

  /** `verb` is approve or refuse; a refusal has a reason that the customer reads. */
  decideAction(action, verb, reason) {
    return this.call("POST", `/api/v1/actions/${encodeURIComponent(action)}/${verb}`, reason ? { reason } : {});
  }

  /** `verb` is approve, edit or reject; refused with 409 where something moved since it was seen. */
  decideDraft(draft, verb, request) {
    return this.call("POST", `/api/v1/drafts/${encodeURIComponent(draft)}/${verb}`, request);
  }

  /** Two contacts are one person: `other` goes on as `contact`. */
  join(contact, other) {
    return this.call("POST", `/api/v1/contacts/${encodeURIComponent(contact)}/join`, { id: crypto.randomUUID(), contact: other });
  }

  split(contact, join) {
    return this.call("POST", `/api/v1/contacts/${encodeURIComponent(contact)}/split`, { id: crypto.randomUUID(), join });
  }

  lessons() {
    return this.call("GET", "/api/v1/lessons");
  }

  trace(turn) {
    return this.call("GET", `/api/v1/turns/${encodeURIComponent(turn)}`);
  }

  /** A file's bytes as they are; a large one takes its time. */
  async upload(path, file) {
    const headers = { Accept: "application/json", "X-Frontdesk": "1", "Content-Type": "application/octet-stream" };
    let response;
    try {
      response = await fetch(path, { method: "POST", headers, body: file, credentials: "same-origin" });
    } catch {
      throw new Problem(0, "The file could not be sent. Check your connection.");
    }
    const data = await parsed(response);
    if (response.status === 401) this.onSignedOut();
    if (!response.ok) throw new Problem(response.status, data?.detail || WORDS[response.status] || `Frontdesk answered with error ${response.status}.`);
    return data;
  }

  signOut() {
    return this.call("POST", "/desk/sign-out");
  }
}

function conversationPath(id) {
  return `/api/v1/conversations/${encodeURIComponent(id)}`;
}
