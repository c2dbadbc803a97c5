/* Nodes, built one by one; markup from the server passes an allow-list. */
const el = (tag, attrs, ...kids) => {
	const node = /^(svg|path)$/.test(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
	for (const [name, value] of Object.entries(attrs || {})) {
		if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
		else if (value === true) node.setAttribute(name, "");
		else if (value !== false && value != null) node.setAttribute(name, value);
	}
	node.append(...kids.filter((kid) => kid));
	return node;
};
const button = (attrs, ...kids) => el("button", { type: "button", ...attrs }, ...kids);
const icon = (d) => el("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, el("path", { d }));
const tool = (label, d, attrs) => button({ "aria-label": label, title: label, class: "tool", ...attrs }, icon(d));
const ICONS = {
	chat: "M4 5h16v11H10l-5 4v-4H4z",
	close: "M6 6l12 12M18 6L6 18",
	clip: "M20 11l-8.5 8.5a5 5 0 01-7-7L13 4a3.4 3.4 0 015 5l-8.5 8.5a1.7 1.7 0 01-2.5-2.5L15 7",
	send: "M4 12l16-8-6 16-3-6z",
};
const attempt = (act) => { try { return act(); } catch { return null; } };
const linkTo = (url) => {
	const parsed = attempt(() => new URL(url, BASE));
	return /^(https?|mailto):$/.test(parsed?.protocol) ? parsed.href : null;
};
const anchor = (url, ...kids) => {
	const href = url && linkTo(url);
	return href
		? el("a", { href, target: "_blank", rel: "noreferrer nofollow" }, ...kids)
		: el("span", {}, ...kids);
};

const TAGS = new Set("a b blockquote br code del em i li ol p pre s strong table tbody td th thead tr u ul".split(" "));
const copy = (from, to, depth) => {
	for (const child of from.childNodes) {
		const tag = child.localName;
		if (child.nodeType === 3) to.append(child.data);
		if (!(child instanceof HTMLElement) || !TAGS.has(tag) || depth > 40) continue;
		const node = tag === "a" ? anchor(child.getAttribute("href")) : el(tag, tag === "ol" && { start: child.start });
		copy(child, node, depth + 1);
		to.append(node);
	}
};
// Null where the page allows none: messages are then shown as text.
const policy = attempt(() => window.trustedTypes.createPolicy("frontdesk-chat", { createHTML: (html) => html }));
// The parsed document is inert; only copies of allowed elements leave it.
const safe = (html, text) => {
	const out = document.createDocumentFragment();
	try {
		const parsed = new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
		copy(parsed.body, out, 0);
	} catch { out.append(text); }
	return out;
};

const rgb = (colour) => {
	const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(colour || "")?.[1];
	if (hex) return (hex[3] ? hex : hex.replace(/./g, "$&$&")).match(/../g).map((c) => parseInt(c, 16));
	return /^rgb/.test(colour || "") ? colour.match(/[\d.]+/g).slice(0, 3).map(Number) : null;
};
const light = (parts) => {
	const [r, g, b] = parts.map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
	return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
};
// 4.5 to 1, as WCAG 2 asks of text.
const readable = (a, b) => Math.max(light(a) / light(b), light(b) / light(a)) >= 4.5;

// Without TLS there is no randomUUID, but a blob's address ends in one.
const uuid = () => crypto.randomUUID?.() || URL.createObjectURL(new Blob()).slice(-36);
// Whom an identity is about, to notice another person at this browser.
const subject = (token) => token && (attempt(() =>
	`u:${JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub}`) || token);
