// Goes through the other pages of the desk, and the doors to it, and looks through each.
(() => {
  const { all, press, openAll, dialog, shown } = window.hands;
  const asked = async (words, where) => { await press(words); await dialog(where, "p"); };
  const drawn = (css, what) => until(() => document.querySelector(css) && !document.querySelector(".skeleton"), what);

  /** The staff and the links to join; how many of them stand there. */
  window.walkPeople = async () => {
    await drawn(".accounts", "the staff");
    openAll();
    lookThrough("people");
    for (const words of ["Set away", "Sign out everywhere", "Remove"]) await asked(words, words);
    await press("New password by link");
    await until(() => document.querySelector(".secret input"), "a link");
    lookThrough("a link");
    return all(".cards > .card").length;
  };

  /** Channels, what could not be sent, and desks; how many of them stand there. */
  window.walkChannels = async () => {
    await drawn(".letters li", "the channels");
    lookThrough("channels");
    await asked("Send again", "sending again");
    return all(".cards > .card, .letters > li").length;
  };

  /** Every part of the settings, its rules as YAML too; how many versions there are. */
  window.walkSettings = async (question) => {
    await drawn("#tabs a", "the settings");
    for (const tab of all("#tabs a")) {
      tab.click();
      await until(() => tab.hasAttribute("aria-current"), tab.textContent);
      await drawn("#panel .card", tab.textContent);
      openAll();
      lookThrough(`settings: ${tab.textContent}`);
      for (const node of all("#panel button").filter((one) => one.textContent === "Edit as YAML")) node.click();
      lookThrough(`settings: ${tab.textContent} as YAML`);
    }
    const box = document.querySelector("#panel form input");
    box.value = question;
    box.form.requestSubmit();
    await drawn(".prompt pre", "the prompt");
    lookThrough("prompt");
    location.hash = "#history";
    await drawn(".version", "the history");
    for (let older = shown("Older"); older; older = shown("Older")) {
      older.click();
      await until(() => !older.isConnected, "older versions");
    }
    openAll();
    lookThrough("history");
    await press("Take back");
    await dialog("taking back", "form input, .problem");
    return all(".version").length;
  };

  /** A door that stays shut, and what it says to these words. */
  window.walkDoor = async (words) => {
    lookThrough("door");
    document.querySelector("#name").value = words;
    document.querySelector("#password").value = words;
    document.querySelector("#form").requestSubmit();
    await until(() => !document.querySelector("#problem").hidden, "the refusal");
    lookThrough("refusal");
  };

  /** What a link to join is for. */
  window.walkJoin = async (name) => {
    await until(() => document.querySelector("#name").value.endsWith(name), "whom it is for");
    lookThrough("join");
  };

  window.walkTry = async (question) => {
    const box = document.querySelector("#question");
    box.value = question;
    box.form.requestSubmit();
    await until(() => document.querySelector("#said .answer, #said .problem"), "an answer");
    const refused = document.querySelector("#said .problem");
    if (refused) throw new Error(refused.textContent);
    lookThrough("try");
    document.querySelector("#said").replaceChildren();
  };
})();
