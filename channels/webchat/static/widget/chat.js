/* The element itself: session, stream, messages, files. */
class Chat extends HTMLElement {
	static observedAttributes = ["data-user"];

	connectedCallback() {
		if (!this.frame) this.build();
		this.wake();
	}
	disconnectedCallback() { this.stop?.abort(); }
	attributeChangedCallback() {
		if (!this.frame || subject(this.dataset.user) === this.who) return;
		this.forget(true);
		this.stop?.abort();
		this.wake();
	}

	// --- The frame
	build() {
		const d = this.dataset;
		const wanted = (d.language || document.documentElement.lang || navigator.language || "en").slice(0, 2);
		const language = TEXTS[wanted] ? wanted : "en";
		const words = TEXTS[language].split("|");
		this.t = Object.fromEntries(KEYS.map((key, at) => [key, words[at]]));
		Object.assign(this, { channel: d.channel || "web", inline: "inline" in d, seq: 0, nodes: new Map(), queue: [], files: [], unread: 0 });
		this.seen = !this.inline;
		this.store = `frontdesk:${BASE.host}:${this.channel}`;
		const sheet = new CSSStyleSheet();
		sheet.replaceSync(CSS);
		const root = this.attachShadow({ mode: "open" });
		root.adoptedStyleSheets = [sheet];
		root.append(this.draw(language));
		this.colours();
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.colours());
		document.addEventListener("visibilitychange", () => this.rest());
		addEventListener("online", () => this.wake());
		if (this.inline) {
			new IntersectionObserver((seen) => { this.seen = seen.at(-1).isIntersecting; this.rest(); }).observe(this);
		}
		this.load();
	}
	draw(language) {
		const { t, dataset: d } = this;
		const name = d.name || "Chat";
		this.sub = el("small", {}, t.ai);
		this.log = el("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t.log, tabindex: "0" });
		this.dots = el("div", { class: "dots", role: "status" });
		this.state = el("div", { class: "state", role: "status", hidden: true });
		this.chips = el("div", { class: "row chips", hidden: true });
		this.input = el("textarea", { rows: "1", maxlength: "8000", id: "in", placeholder: t.write,
			onkeydown: (e) => { if (e.key === "Enter" && !e.shiftKey && !e.isComposing) { e.preventDefault(); this.submit(); } },
			oninput: () => this.grow(), onpaste: (e) => this.attach(e.clipboardData.files, e) });
		this.picker = el("input", { type: "file", multiple: true, hidden: true, onchange: () => { this.attach(this.picker.files); this.picker.value = ""; } });
		const form = el("form", { onsubmit: (e) => { e.preventDefault(); this.submit(); } },
			tool(t.attach, ICONS.clip, { onclick: () => this.picker.click() }),
			this.picker, el("label", { class: "sr", for: "in" }, t.write), this.input,
			tool(t.send, ICONS.send, { type: "submit", class: "tool send" }));
		const close = !this.inline && tool(t.close, ICONS.close, { onclick: () => this.toggle(false) });
		this.panel = el("section", { class: "panel", id: "panel", role: this.inline ? "region" : "dialog", "aria-label": name, hidden: !this.inline,
			onkeydown: (e) => { if (e.key === "Escape") this.toggle(false); },
			ondragover: (e) => e.preventDefault(), ondrop: (e) => this.attach(e.dataTransfer.files, e) },
			el("header", {}, d.logo && el("img", { src: d.logo, alt: "" }), el("div", {}, el("b", {}, name), this.sub), close),
			this.log, this.dots, this.state, this.chips, form);
		this.count = el("span", { class: "count", hidden: true });
		this.launcher = !this.inline && tool(t.open, ICONS.chat, { class: "launch", "aria-expanded": "false", "aria-controls": "panel", onclick: () => this.toggle(this.panel.hidden) });
		if (this.launcher) this.launcher.append(this.count);
		this.frame = el("div", { class: `${this.inline ? "inline" : "float"} ${d.position === "left" ? "left" : ""}`, lang: language }, this.panel, this.launcher);
		this.welcome();
		return this.frame;
	}
	welcome() {
		const { greeting, starters } = this.dataset;
		if (greeting) this.log.append(this.bubble({ author: "assistant", text: greeting }));
		this.starters = el("div", { class: "row" }, ...(starters || "").split("|").filter((s) => s.trim()).map((s) =>
			button({ class: "pill", onclick: () => this.say(s.trim(), []) }, s.trim())));
		if (starters) this.log.append(this.starters);
	}
	colours() {
		const set = (name, value) => this.frame.style.setProperty(name, value);
		const brand = rgb(this.dataset.color) ? this.dataset.color : "#1d5c4a";
		set("--brand", brand);
		set("--on", readable(rgb(brand), [255, 255, 255]) ? "#fff" : "#000");
		const paper = rgb(getComputedStyle(this.panel).backgroundColor) || [255, 255, 255];
		const accent = [this.dataset.accent, brand].find((c) => rgb(c) && readable(rgb(c), paper));
		set("--link", accent || "var(--ink)");
	}
	grow() {
		const { style } = this.input;
		style.height = "auto";
		style.height = `${this.input.scrollHeight + 2}px`;
	}
	open() { this.toggle(true); }
	close() { this.toggle(false); }
	toggle(on) {
		if (this.inline) return;
		this.panel.hidden = !on;
		this.frame.classList.toggle("on", on);
		this.launcher.setAttribute("aria-expanded", on);
		(on ? this.input : this.launcher).focus();
		if (!on) return;
		this.read();
		this.colours();
		this.down();
		this.wake();
	}
	read() {
		this.unread = 0;
		if (this.saved) { this.saved.read = this.seq; this.save(); }
		this.badge();
	}
	badge() {
		if (!this.launcher) return;
		this.count.hidden = !this.unread;
		this.count.textContent = this.unread;
		this.launcher.setAttribute("aria-label", this.t.open + (this.unread ? ` (${this.unread})` : ""));
	}
	down() { this.log.scrollTop = 1e9; }
	tell(text) { this.state.hidden = !text; this.state.textContent = text; }

	// --- Messages
	bubble(m) {
		const { t } = this;
		const body = el("div", { class: "b" });
		if (m.html && m.author !== "customer") body.append(safe(m.html, m.text));
		else if (m.text) body.append(m.text);
		for (const file of m.files || []) body.append(el("div", {}, "📎 ", anchor(file.url, file.name)));
		const staff = m.author === "staff";
		const who = (staff || m.author === "assistant") && el("div", { class: "who" },
			staff && el("b", {}, `${m.name || t.team} `), el("span", { class: "tag" }, staff ? t.team : t.ai));
		const node = el("div", { class: `m ${m.author} ${m.seq ? "" : "local"}` }, who, body);
		if (m.citations?.length) {
			node.append(el("div", { class: "src" }, `${t.sources}:`, el("ol", {}, ...[...new Map(m.citations.map((c) => [c.title + c.url, c])).values()].map((c) => el("li", {}, anchor(c.url, c.title))))));
		}
		if (m.choices?.length) node.append(this.choices(m));
		return node;
	}
	choices(m) {
		const row = el("div", { class: "row choices" });
		const lock = (on) => row.querySelectorAll("button").forEach((b) => { b.disabled = on; });
		row.append(...m.choices.map((c) => button({ class: "pill", onclick: () => {
			lock(true);
			this.push("choices", { id: uuid(), message: m.id, choice: c.id }, (ok) => { lock(ok); this.tell(ok ? "" : this.t.failed); });
		} }, c.label)));
		return row;
	}
	put(m) {
		if (m.seq <= this.seq) return;
		this.seq = m.seq || this.seq;
		const near = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
		this.starters.hidden = true;
		if (m.author === "customer") this.log.querySelectorAll(".choices").forEach((row) => row.remove());
		const node = this.bubble(m);
		const known = this.nodes.get(m.id);
		if (known) known.replaceWith(node); else this.log.append(node);
		this.nodes.set(m.id, node);
		if (near || m.author === "customer") this.down();
		if (!m.seq || m.author === "customer") return node;
		if (!this.panel.hidden) this.read();
		else if (m.seq > (this.saved?.read || 0)) { this.unread += 1; this.badge(); }
		return node;
	}
	handle(block) {
		const field = Object.fromEntries(block.split("\n").map((line) => /^(\w+): ?(.*)$/.exec(line)?.slice(1) || ["", ""]));
		if (!field.data) return;
		const data = JSON.parse(field.data);
		if (field.event === "message") this.put(data);
		if (field.event === "owner") this.sub.textContent = { queue: this.t.waiting, staff: data.name || this.t.team }[data.owner] || this.t.ai;
		if (field.event === "typing") {
			this.dots.replaceChildren(...(data.on ? [el("span", { class: "sr" }, this.t.typing), el("i"), el("i"), el("i")] : []));
		}
	}

	// --- Sending
	async submit() {
		const text = this.input.value;
		if (!text.trim() && !this.files.length) return;
		const files = this.files;
		this.input.value = "";
		this.files = [];
		this.chips.hidden = true;
		this.chips.replaceChildren();
		this.grow();
		await Promise.all(files.map((file) => file.done));
		const sent = files.filter((file) => file.id);
		if (text.trim() || sent.length) this.say(text, sent);
	}
	say(text, files) {
		const body = { id: uuid(), text, files: files.map((file) => file.id) };
		const shown = { id: body.id, author: "customer", text, files };
		const send = () => {
			const node = this.put(shown);
			node.classList.add("pending");
			this.push("messages", body, (ok) => {
				node.classList.remove("pending");
				if (!ok) node.append(el("div", { class: "err", role: "alert" }, this.t.failed, " ", button({ onclick: send }, this.t.retry)));
			});
		};
		send();
	}
	push(path, body, done) {
		this.queue.push({ path, body, done });
		this.flush();
		this.wake();
	}
	async flush() {
		if (this.flushing) return;
		this.flushing = true;
		for (let item; (item = this.queue.shift());) item.done(await this.deliver(item.path, item.body));
		this.flushing = false;
	}
	async deliver(path, body) {
		for (let tries = 0; tries < 4; tries += 1) {
			let pause = 700 * 2 ** tries;
			try {
				const answer = await this.call(path, JSON.stringify(body));
				if (answer.ok) return true;
				if (answer.status < 500 && ![401, 408, 429].includes(answer.status)) return false;
				if (answer.status === 401) { this.forget(); pause = 0; }
				pause = Math.min(1000 * (answer.headers.get("Retry-After") || 0), 10000) || pause;
			} catch { /* offline: the same id is sent again */ }
			await new Promise((go) => setTimeout(go, pause));
		}
		return false;
	}
	attach(list, event) {
		const picked = [...(list || [])].slice(0, 10 - this.files.length);
		if (picked.length) event?.preventDefault();
		for (const file of picked) {
			const kept = { name: file.name };
			const chip = el("span", {}, `📎 ${file.name} `, button({ class: "pill", "aria-label": `${this.t.remove}: ${file.name}`, onclick: () => drop() }, "×"));
			const drop = () => {
				this.files = this.files.filter((other) => other !== kept);
				chip.remove();
				this.chips.hidden = !this.files.length;
				this.input.focus();
			};
			const form = new FormData();
			form.append("file", file, file.name);
			kept.done = this.call("files", form).then(async (answer) => {
				if (!answer.ok) throw answer;
				kept.id = (await answer.json()).id;
			}).catch(() => { drop(); this.tell(`${file.name}: ${this.t.failed}`); });
			this.files.push(kept);
			this.chips.append(chip);
			this.chips.hidden = false;
		}
		this.input.focus();
	}

	// --- The session and the stream
	load() {
		this.who = subject(this.dataset.user);
		this.saved = attempt(() => JSON.parse(localStorage.getItem(this.store)));
		if (this.saved?.who !== this.who) this.saved = null;
	}
	save() { attempt(() => localStorage.setItem(this.store, JSON.stringify(this.saved))); }
	forget(everything) {
		this.who = subject(this.dataset.user);
		this.saved = this.opening = null;
		this.seq = 0;
		attempt(() => localStorage.removeItem(this.store));
		if (everything) this.queue = [];
		for (const [id, node] of this.nodes) {
			if (everything || !node.classList.contains("local")) { node.remove(); this.nodes.delete(id); }
		}
	}
	session() {
		if (this.saved) return this.saved;
		this.opening ||= this.begin().finally(() => { this.opening = null; });
		return this.opening;
	}
	async begin() {
		const { who, dataset: { user } } = this;
		let answer = await this.request("sessions", JSON.stringify({ user }));
		if (answer.status === 401 && user) {
			// Expired: the page may hand in a fresh one; until then nobody is signed in.
			this.dispatchEvent(new CustomEvent("frontdesk-identity", { bubbles: true, composed: true }));
			answer = await this.request("sessions", "{}");
		}
		if (!answer.ok) throw answer;
		const session = { ...(await answer.json()), who, read: 0 };
		if (who !== this.who) throw answer;
		this.saved = session;
		this.save();
		return session;
	}
	request(path, body, token, signal) {
		const headers = token ? { Authorization: `Bearer ${token}` } : {};
		if (typeof body === "string") headers["Content-Type"] = "application/json";
		const url = new URL(`chat/${encodeURIComponent(this.channel)}/${path}`, BASE);
		return fetch(url, { method: body ? "POST" : "GET", body, headers, signal, cache: "no-store", credentials: "omit" });
	}
	async call(path, body, signal) {
		const session = await this.session();
		const answer = await this.request(path, body, session.token, signal);
		const renewed = answer.headers.get("X-Session-Token");
		if (renewed && this.saved === session) { session.token = renewed; this.save(); }
		return answer;
	}
	// A hidden page or an inline chat out of sight gives its connection back after a while.
	rest() {
		clearTimeout(this.resting);
		if (this.wanted()) this.wake();
		else this.resting = setTimeout(() => { if (!this.wanted()) this.stop?.abort(); }, 8000);
	}
	wanted() { return this.isConnected && this.seen && !document.hidden && (!this.panel.hidden || !!this.saved); }
	wake() {
		this.nudge?.();
		if (!this.listening && this.frame && this.wanted()) this.listen();
	}
	async listen() {
		this.listening = true;
		for (let pause = 500; this.wanted(); pause = Math.min(pause * 2, 15000)) {
			const began = Date.now();
			let status = 0;
			try { status = await this.stream(); } catch (error) { status = error.status || 0; }
			if (status === 401) this.forget();
			if (status === 403 || status === 404) { this.tell(this.t.offline); break; }
			if (Date.now() - began > 5000) pause = 500;
			if (!this.wanted()) break;
			if (pause > 1000) this.tell(this.t.offline);
			await new Promise((go) => { this.nudge = go; setTimeout(go, pause * (0.75 + Math.random() / 2)); });
		}
		this.listening = false;
	}
	async stream() {
		const stop = this.stop = new AbortController();
		const answer = await this.call(`events?after=${this.seq}`, null, stop.signal);
		if (!answer.ok) return answer.status;
		this.tell("");
		const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
		for (let rest = ""; ;) {
			// The server comments every 15 s; longer silence is a dead line.
			const watch = setTimeout(() => stop.abort(), 40000);
			const { value, done } = await reader.read().finally(() => clearTimeout(watch));
			if (done) return 0;
			const blocks = (rest + value).split("\n\n");
			rest = blocks.pop();
			for (const block of blocks) this.handle(block);
		}
	}
}

customElements.define("frontdesk-chat", Chat);
if (script?.dataset.channel) {
	const place = () => {
		const chat = document.createElement("frontdesk-chat");
		Object.assign(chat.dataset, script.dataset);
		document.body.append(chat);
	};
	if (document.body) place(); else addEventListener("DOMContentLoaded", place);
}
