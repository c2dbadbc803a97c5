/* The demo page's own behaviour: the tabs of the channels, the address in the example, and what the
   demo shop mails. */
(() => {
  "use strict";
  document.getElementById("origin").textContent = location.origin;
  const mailbox = document.getElementById("mailbox");
  const press = async (button, token) => {
    button.disabled = true;
    const headers = { "Content-Type": "application/json" };
    await fetch("/demo/mailbox/confirm", { method: "POST", headers, body: JSON.stringify(token) }).catch(() => null);
    look();
  };
  const line = (mail) => {
    const item = document.createElement("li");
    item.textContent = `To ${mail.address}: ${mail.text}`;
    if (mail.confirm) {
      const button = document.createElement("button");
      button.textContent = "Confirm";
      button.addEventListener("click", () => press(button, mail.confirm));
      item.append(" ", button);
    }
    return item;
  };
  let shown = "";
  const look = async () => {
    const answer = await fetch("/demo/mailbox").catch(() => null);
    const mails = answer?.ok ? (await answer.json()).items : null;
    if (!mails || JSON.stringify(mails) === shown) return;
    shown = JSON.stringify(mails);
    document.getElementById("mails").replaceChildren(...mails.map(line));
  };
  if (!mailbox.hidden) {
    setInterval(look, 3000);
    look();
  }
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const show = (tab) => {
    for (const other of tabs) {
      const on = other === tab;
      other.setAttribute("aria-selected", on);
      other.tabIndex = on ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !on;
    }
    tab.focus();
  };
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  tabs.forEach((tab, at) => {
    tab.addEventListener("click", () => show(tab));
    tab.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (!step) return;
      event.preventDefault();
      show(tabs[(at + step + tabs.length) % tabs.length]);
    });
  });
})();
