// Stands in every page before its own scripts and notes whatever hostile markup got done there.
(() => {
  const found = [];
  let looked = false;
  const note = (what, detail) => { found.push(`${what}: ${String(detail).slice(0, 300)}`); };
  window.canary = (n) => note("called", n);
  for (const name of ["alert", "confirm", "prompt", "print", "open"]) window[name] = (words) => note(name, words);
  addEventListener("securitypolicyviolation", (event) => note("refused by the policy", `${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
  performance.setResourceTimingBufferSize(100000);

  const NEVER = new Set([
    "APPLET", "AUDIO", "BASE", "EMBED", "FRAME", "FRAMESET", "IFRAME", "IMG", "MARQUEE", "MATH", "OBJECT", "PICTURE",
    "PLAINTEXT", "PORTAL", "SOURCE", "STYLE", "TEMPLATE", "VIDEO", "XMP", "LISTING", "NOEMBED", "AREA", "MAP",
  ]);
  const ADDRESSES = ["href", "src", "action", "formaction", "xlink:href", "poster", "background", "data", "ping", "srcset", "srcdoc"];
  const OWN = /^(\/desk|\/files\/|\/widget\.js$|\/demo\.(js|css)$|#|data:,$)/;
  // The widget draws its icons and its looks itself.
  const DRAWN = new Set(["svg", "path", "STYLE"]);

  function wrongAddress(name, value) {
    if (OWN.test(value) || value === "") return false;
    let url;
    try { url = new URL(value, location.href); } catch { return false; }
    const followed = name === "href" && ["http:", "https:", "mailto:"].includes(url.protocol);
    return !followed || !/^(https?:\/\/|mailto:)/i.test(value.trim());
  }

  function judge(node, where, inWidget) {
    const tag = node.tagName;
    const svg = node.namespaceURI !== "http://www.w3.org/1999/xhtml";
    if ((svg || NEVER.has(tag)) && !(inWidget && DRAWN.has(tag))) note("element", `${where} ${tag}`);
    if (tag === "SCRIPT" && !/^\/(desk\/static\/[a-z-]+\.js|widget\.js|demo\.js)$/.test(node.getAttribute("src") ?? "")) note("script", where);
    if (tag === "LINK" && !/^(\/desk\/static\/|\/demo\.css|data:,)/.test(node.getAttribute("href"))) note("element", `${where} LINK`);
    if (tag === "META" && node.parentNode !== document.head) note("element", `${where} META`);
    if (node.id === "canary" || node.localName.includes("-") && node.localName !== "frontdesk-chat") note("element", `${where} ${tag}`);
    // By the element's own functions: a field of a form may be called like one of its properties.
    for (const name of Element.prototype.getAttributeNames.call(node)) {
      const value = Element.prototype.getAttribute.call(node, name);
      // The widget's own colours are the one style that a script sets.
      if (name === "style" && inWidget && /^--brand: #[0-9a-f]{6}; --on: #[0-9a-f]{3,6}; --link: #[0-9a-f]{3,6};$/.test(value)) continue;
      if (name.startsWith("on") || name === "style" || name === "srcdoc") note("attribute", `${where} ${tag} ${name}=${value}`);
      if (ADDRESSES.includes(name) && tag !== "SCRIPT" && tag !== "LINK" && wrongAddress(name, value)) note("address", `${where} ${tag} ${name}=${value}`);
    }
  }

  function walk(root, where, inWidget) {
    for (const node of root.querySelectorAll("*")) {
      judge(node, where, inWidget);
      if (node.shadowRoot) walk(node.shadowRoot, where, true);
    }
  }

  /** Looks through the whole page as it is now; `where` says which. */
  window.lookThrough = (where, root = document) => {
    looked = true;
    walk(root, where, false);
  };

  /** What was noted so far, and what was fetched from elsewhere than `allowed`. */
  window.noted = (allowed) => {
    const expected = new RegExp(allowed);
    // What is no address was fetched from nowhere, though the browser lists it.
    const fetched = performance.getEntriesByType("resource").map((entry) => entry.name)
      .filter((name) => URL.canParse(name)).map((name) => new URL(name))
      .filter((url) => url.origin !== location.origin || !expected.test(url.pathname));
    if (!looked) note("nobody looked through", location.href);
    return [...found, ...fetched.map((url) => `fetched: ${url.href}`)];
  };

  /** Which of `texts` would act in a document of their own that has no policy. */
  window.actsOf = async (texts) => {
    const acted = [];
    for (let at = 0; at < texts.length; at += 50) {
      const frames = texts.slice(at, at + 50).map((text) => {
        const frame = document.body.appendChild(document.createElement("iframe"));
        frame.contentDocument.body.innerHTML = text;
        return frame;
      });
      await window.pause(100);
      for (const frame of frames) {
        frame.contentWindow.lookThrough?.("alone");
        acted.push(!frame.contentDocument || frame.contentWindow.noted("^$").length > 0);
        frame.remove();
      }
    }
    return acted;
  };

  window.pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

  window.until = async (look, what) => {
    for (let tries = 0; tries < 2000; tries += 1) {
      const seen = look();
      if (seen) return seen;
      await window.pause(10);
    }
    throw new Error(`${what} did not appear`);
  };
})();
