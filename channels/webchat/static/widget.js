/* The chat widget: one custom element, one script tag. It builds every node itself; markup from the
   server passes an allow-list. No framework, cookie or eval. */
(() => {
	"use strict";
	const script = document.currentScript;
	const BASE = new URL(".", script?.src || location.href);
	const KEYS = ("open close write send attach ai team typing failed retry offline sources " +
		"log waiting remove").split(" ");
	const TEXTS = {
		en: "Open chat|Close chat|Write a message|Send|Attach a file|AI assistant|Team|Writing an answer|Not sent|Try again|Reconnecting|Sources|Conversation|Waiting for a person|Remove",
		de: "Chat öffnen|Chat schließen|Nachricht schreiben|Senden|Datei anhängen|KI-Assistent|Team|Eine Antwort entsteht|Nicht gesendet|Nochmals versuchen|Neuer Verbindungsversuch|Quellen|Unterhaltung|Wartet auf einen Menschen|Entfernen",
		fr: "Ouvrir le chat|Fermer le chat|Écrire un message|Envoyer|Joindre un fichier|Assistant IA|Équipe|Réponse en cours|Non envoyé|Réessayer|Reconnexion|Sources|Conversation|En attente d’une personne|Retirer",
		es: "Abrir el chat|Cerrar el chat|Escribe un mensaje|Enviar|Adjuntar un archivo|Asistente de IA|Equipo|Escribiendo una respuesta|No enviado|Reintentar|Reconectando|Fuentes|Conversación|Esperando a una persona|Quitar",
		it: "Apri la chat|Chiudi la chat|Scrivi un messaggio|Invia|Allega un file|Assistente IA|Team|Sto scrivendo una risposta|Non inviato|Riprova|Riconnessione|Fonti|Conversazione|In attesa di una persona|Rimuovi",
		pt: "Abrir o chat|Fechar o chat|Escreva uma mensagem|Enviar|Anexar um ficheiro|Assistente de IA|Equipa|A escrever uma resposta|Não enviada|Tentar de novo|A ligar de novo|Fontes|Conversa|À espera de uma pessoa|Remover",
		nl: "Chat openen|Chat sluiten|Schrijf een bericht|Versturen|Bestand bijvoegen|AI-assistent|Team|Antwoord wordt geschreven|Niet verstuurd|Opnieuw proberen|Opnieuw verbinden|Bronnen|Gesprek|Wacht op een medewerker|Verwijderen",
	};

	const CSS = `
:host{--bg:var(--fd-bg,light-dark(#fff,#16191d));--ink:var(--fd-ink,light-dark(#1b1f24,#eceff2));--soft:var(--fd-soft,light-dark(#f1f3f5,#262b31));--line:var(--fd-line,light-dark(#d5dae0,#3b424a));--dim:var(--fd-dim,light-dark(#59626c,#a5afb9));--bad:light-dark(#b3261e,#ff9a92);font:15px/1.45 system-ui,sans-serif;color-scheme:light dark}
*{box-sizing:border-box}[hidden]{display:none!important}
button,textarea{font:inherit;color:inherit}button{cursor:pointer}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}header :focus-visible{outline-color:currentColor}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.launch,.panel{position:fixed;right:20px;bottom:20px;z-index:9999999;box-shadow:0 3px 20px #0005}
.left>*{right:auto;left:20px}
.launch{width:58px;height:58px;border:0;border-radius:50%;background:var(--brand);color:var(--on)}
.count{position:absolute;top:-4px;right:-4px;min-width:22px;border-radius:11px;background:#b3261e;color:#fff;font-size:13px}
svg{width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:2;vertical-align:middle}
.panel{display:flex;flex-direction:column;background:var(--bg);color:var(--ink);overflow:hidden;bottom:90px;width:390px;height:min(640px,100dvh - 110px);border:1px solid var(--line);border-radius:var(--fd-radius,16px)}
.inline,.inline .panel{position:static;width:100%;height:100%;box-shadow:none}
header{display:flex;gap:10px;align-items:center;padding:12px 14px;background:var(--brand);color:var(--on)}
header img{width:36px;height:36px;object-fit:contain}
header div{flex:1;min-width:0}header b,header small{display:block;overflow:hidden;text-overflow:ellipsis}
.tool{background:none;border:0;border-radius:8px;min-width:40px;min-height:40px}
.log{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:14px;display:flex;flex-direction:column;align-items:start;gap:10px}
.log>:first-child{margin-top:auto}
.m{max-width:86%;overflow-wrap:anywhere}
.b{background:var(--soft);padding:8px 12px;border-radius:var(--fd-bubble,14px)}
.customer{align-self:flex-end}
.customer .b{background:var(--fd-mine,var(--brand));color:var(--fd-on-mine,var(--on));white-space:pre-wrap}
.system{align-self:center;max-width:94%}.system .b{background:none;border:1px solid var(--line);color:var(--dim);font-size:14px}
.pending .b{opacity:.65}
.who,.src{font-size:13px;color:var(--dim);margin:3px 2px}.who b{color:var(--ink)}
.tag{border:1px solid;border-radius:6px;padding:0 5px;font-size:12px}
.b>:first-child{margin-top:0}.b>:last-child{margin-bottom:0}.b p,.b ul,.b ol,.b pre,.b blockquote{margin:8px 0}.b ul,ol{padding-inline-start:22px;margin:2px 0}
pre{overflow-x:auto}blockquote{border-inline-start:3px solid var(--line);padding-inline-start:10px}
td,th{border:1px solid var(--line);padding:3px 7px;text-align:start}
a{color:var(--link)}.customer a{color:inherit}
.row{display:flex;flex-wrap:wrap;gap:7px;margin-top:7px}
.pill{background:var(--bg);border:1px solid var(--link);color:var(--link);border-radius:18px;padding:6px 13px;min-height:36px;text-align:start}
.pill:disabled{opacity:.55}
.err,.state{color:var(--bad);font-size:13px;text-align:end}.err button{background:none;border:0;text-decoration:underline;padding:6px}
.state{padding:6px 14px;background:var(--soft)}
.dots{padding:0 16px;height:24px}.dots i{display:inline-block;width:7px;height:7px;margin-right:4px;border-radius:50%;background:var(--dim);animation:d 1.2s infinite}.dots i+i{animation-delay:.2s}.dots i+i+i{animation-delay:.4s}
@keyframes d{30%{transform:translateY(-4px)}60%{transform:none}}
form,.chips{display:flex;align-items:flex-end;gap:4px;padding:8px;border-top:1px solid var(--line);margin:0}
textarea{flex:1;min-width:0;resize:none;max-height:140px;border:1px solid var(--dim);border-radius:10px;background:var(--bg);padding:8px 10px}
.send{color:var(--link)}::placeholder{color:var(--dim);opacity:1}
@media(max-width:480px){.float .panel{inset:0;width:100%;height:100dvh;border:0;border-radius:0}.on .launch{display:none}}
@media(prefers-reduced-motion:reduce){*{animation:none!important}}`;

	// --- Nodes
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
				node.append(el("div", { class: "src" }, `${t.sources}:`, el("ol", {}, ...m.citations.map((c) => el("li", {}, anchor(c.url, c.title))))));
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
})();
