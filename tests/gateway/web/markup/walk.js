// Goes through the desk as a person does, by its own buttons, and looks through every page.
(() => {
  const all = (css, root = document) => [...root.querySelectorAll(css)];
  const named = (words, css = "button", root = document) => all(css, root).find((node) => node.textContent.startsWith(words));
  const press = async (words, css = "button") => (await until(() => named(words, css), words)).click();
  const openAll = () => { for (const node of all("details:not([open])")) node.open = true; };

  async function dialog(where, css) {
    const shown = await until(() => document.querySelector("dialog[open]"), where);
    await until(() => shown.querySelector(css) || shown.querySelector(".problem:not([hidden])"), `${where}: ${css}`);
    if (!shown.querySelector(css)) throw new Error(`${where}: ${shown.textContent}`);
    openAll();
    lookThrough(where);
    named("Close", "header button", shown)?.click() ?? named("Cancel", "header button", shown)?.click();
    await until(() => !document.querySelector("dialog[open]"), `${where} closed`);
  }

  async function wholeList(css) {
    for (;;) {
      const before = all(css).length;
      const more = named("Show more");
      if (!more || more.hidden) return before;
      more.click();
      await until(() => all(css).length > before || !named("Show more") || named("Show more").hidden, "more rows");
    }
  }

  const shown = (words) => all("button").find((node) => node.textContent === words && node.checkVisibility());
  window.hands = { all, press, openAll, dialog, shown };

  /** The list, with what stands above and below it; how many rows there were. */
  window.walkList = async (many) => {
    await press("All", "#tabs button");
    await until(() => all("#list .row").length, "rows");
    const rows = await wholeList("#list .row");
    openAll();
    await until(() => document.querySelector("#unread li") && document.querySelector("#approvals li"), "events and actions");
    lookThrough("list");
    document.querySelector("#lessons").click();
    await dialog("lessons", ".lesson");
    if (rows < many) throw new Error(`${rows} of ${many} rows`);
    return rows;
  };

  /** One conversation and the record of its turn; how many messages it showed. */
  window.walkConversation = async (id, last) => {
    location.hash = `#c/${id}`;
    await until(() => document.querySelector(`.log [data-seq="${last}"]`) && document.querySelector(".side .history"), id);
    openAll();
    await until(() => document.querySelector(".history li") && document.querySelector(".draft .body"), "its side");
    lookThrough(`conversation ${id}`);
    const messages = all(".log .message").length;
    await press("Why this?");
    await dialog(`trace ${id}`, "section");
    return messages;
  };

  /** What can be opened from a conversation once: replies kept ready, whom to join, what to close with. */
  window.walkAround = async () => {
    const reply = await until(() => document.querySelector("#reply"), "the reply box");
    reply.value = "/";
    reply.dispatchEvent(new Event("input", { bubbles: true }));
    await until(() => document.querySelector(".slash [role=option]"), "replies kept ready");
    lookThrough("slash");
    await press("Write and remove replies");
    await dialog("canned replies", ".canned li button");
    reply.value = "";
    await press("Is somebody else we know");
    await dialog("others", ".others button");
    await press("Resolve", ".head button");
    await dialog("resolving", ".write-up textarea");
    await press("Correct this");
    await until(() => document.querySelector(".correcting .which option:nth-child(2)"), "the article behind it");
    lookThrough("correcting");
    // What is no language and no address would be refused; here it is to be asked with.
    for (const name of ["language", "owner", "url"]) document.querySelector(`.correcting [name=${name}]`).value = "";
    const title = document.querySelector(".correcting [name=title]");
    title.value = title.value.slice(0, 290);
    await press("Ask again");
    await dialog("asked again", ".compared");
  };

  window.walkKnowledge = async (questions) => {
    await until(() => document.querySelector(".article"), "articles");
    const articles = await wholeList(".article");
    lookThrough("articles");
    const apart = Math.max(10, Math.ceil(articles / 30));
    for (const node of all(".article").filter((_, at) => at % apart === 0)) {
      node.click();
      await dialog("article", "pre.body");
    }
    for (const [part, css] of [["sources", ".card h3"], ["review", ".card .quote"]]) {
      location.hash = `#${part}`;
      await until(() => document.querySelector(css), part);
      openAll();
      lookThrough(part);
    }
    location.hash = "#articles/new";
    const text = await until(() => document.querySelector(".editor textarea"), "the editor");
    [document.querySelector(".editor [name=title]").value, text.value] = [questions[0].slice(0, 290), questions.filter((one) => one.length < 150).join("\n\n")];
    await press("Preview");
    await dialog("preview", ".passage");
    location.hash = "#try";
    for (const question of questions) {
      const box = await until(() => document.querySelector("form.card input[type=text]"), "the trial");
      box.value = question;
      box.form.requestSubmit();
      await until(() => named("Passages found", "h3") && !named("Thinking", "p"), "an answer");
      lookThrough("trial");
    }
    return articles;
  };

  /** Each of `texts` as markup through the desk's own list of what may be shown, past the server's. A
      document that is only parsed runs nothing; that the policy says so is no finding. */
  window.throughTheList = async (texts) => {
    const { richText } = await import("/desk/static/richtext.js");
    const place = document.body.appendChild(document.createElement("div"));
    for (const text of texts) {
      place.replaceChildren(richText(text, { follow: true }));
      lookThrough("allow-list", place);
    }
    await pause(300);
    return noted(".").filter((what) => !what.startsWith("refused"));
  };
})();
