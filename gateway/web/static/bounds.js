// What holds the assistant back, over the whole desk: the big off switch and the day's budgets.
import { announce, button, byId, confirmed, h } from "./dom.js";
import { brief, full } from "./time.js";
import { plain } from "./words.js";

const NEAR = 0.8;

export class Bounds {
  constructor({ api, me, root, off }) {
    Object.assign(this, { api, me, root, off });
    this.lead = me.role === "lead";
    off.hidden = !this.lead;
    off.addEventListener("click", () => this.pauseAll());
  }

  async refresh() {
    try {
      const [pauses, budgets] = await Promise.all([this.api.pauses(), this.api.budgets()]);
      this.draw(pauses.items, budgets.items);
    } catch {
      // The banner of the desk says when the gateway is out of reach.
    }
  }

  draw(pauses, budgets) {
    const rows = [...pauses.map((one) => this.pause(one)), ...budgets.filter(({ share }) => share >= NEAR).map(budget)];
    const signature = JSON.stringify([pauses, rows.map((row) => row.textContent)]);
    this.off.hidden = !this.lead || pauses.some(({ channel }) => !channel);
    if (signature === this.shown) return;
    this.shown = signature;
    this.root.hidden = !rows.length;
    this.root.replaceChildren(...rows);
  }

  pause({ channel, by, since }) {
    const where = channel ? `on ${channel}` : "everywhere";
    return h("p", {},
      h("strong", { text: `The assistant is paused ${where}. ` }),
      h("span", { text: `${by}, ` }),
      h("time", { title: full(since), text: brief(since) }),
      h("span", { text: ". People get what customers write. " }),
      this.lead ? button(channel ? `Resume ${channel}` : "Resume", () => this.turn("resume", channel), { class: "small" }) : null);
  }

  async pauseAll() {
    if (!(await confirmed("Pause the assistant on every channel?", "People get what customers write until somebody resumes it.", "Pause"))) return;
    await this.turn("pause");
  }

  async turn(verb, channel) {
    try {
      await this.api.turn(verb, channel);
      announce(verb === "pause" ? "The assistant is paused." : "The pause is over.");
    } catch (problem) {
      announce(problem.message);
    }
    await this.refresh();
  }
}

function budget({ scope, name, share, reached_at }) {
  const whose = scope === "tenant" ? "Today’s budget for models" : `${plain(scope)} ${name}: today’s budget for models`;
  const words = reached_at ? "is used up; people answer" : `is used to ${Math.round(share * 100)} %`;
  return h("p", {}, h("strong", { text: `${whose} ${words}.` }));
}

export const boundsOf = (api, me) => new Bounds({ api, me, root: byId("bounds"), off: byId("pause") });
