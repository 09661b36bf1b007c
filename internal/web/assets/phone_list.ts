// What waits to be sent, what needs a look, what was refused, and what the book has.

import { customerText } from "./phone_form";
import * as store from "./phone_store";
import type { Entry, Known } from "./phone_store";
import { confirmed, dayText, fill, h, lang, numberText, t } from "./phone_words";

export interface Deeds {
  change(e: Entry): void;
  changed(): void; // something is to be sent, or to be drawn anew
}

// title says in a line what an entry is.
function title(e: Entry, known: Known): string {
  const f = e.booked ? { ...e.booked } : e.fields;
  const type = known.types.find((s) => s.id === f.type);
  const amount = f.minutes ? t("{n} min", { n: numberText(f.minutes) }) : type?.unit === "pieces" && f.quantity ? t("{n} pcs", { n: numberText(Number(f.quantity)) }) : "";
  const parts = [f.customer?.name, type && (lang() === "de" ? type.de : type.en), amount, f.day && dayText(f.day)].filter(Boolean);
  return !f.customer && e.line ? e.line : parts.join(" · ");
}

function reason(e: Entry): string {
  switch (e.state) {
    case "waiting":
      return e.line ? t("Waits for network; then the line is read.") : t("Waits for network.");
    case "look":
      return t("Needs a look: something is still open.");
    case "refused":
      return t("The book did not take it.");
    default:
      return t("The entry is booked; a file is not there yet.");
  }
}

function card(e: Entry, known: Known, deeds: Deeds): Node {
  const key = e.problems.some((p) => p.field === "key");
  const away = async (): Promise<void> => {
    if (!await confirmed(t("Throw this entry away? It is not in the book and can't be brought back."), t("Throw away"))) return;
    await store.change(e.key, () => null);
    deeds.changed();
  };
  const button = (text: string, onclick: () => void, tone = "quiet"): Node => h("button", { type: "button", class: "big small " + tone, onclick }, text);
  const buttons: Node[] = [];
  if (key && e.booked) {
    buttons.push(button(t("Keep what is booked"), () => void store.change(e.key, (old) => old ? { ...old, state: "booked", problems: [] } : null).then(deeds.changed)));
    buttons.push(button(t("Book it as another one"), () => void anew(e).then(deeds.changed)));
  } else if (e.state !== "booked") {
    buttons.push(button(t("Change it"), () => deeds.change(e)));
    if (e.state === "refused") buttons.push(button(t("Send again"), () => void store.change(e.key, (old) => old ? { ...old, state: "waiting", edited: old.edited + 1 } : null).then(deeds.changed)));
    buttons.push(button(t("Throw away"), () => void away()));
  } else {
    buttons.push(button(t("Leave the file out"), () => void store.change(e.key, (old) => old ? { ...old, photos: old.photos.filter((p) => p.sent || !p.problem) } : null).then(deeds.changed)));
  }
  const photoProblems = e.photos.flatMap((p) => (p.problem ? [p.problem] : []));
  if (e.state === "booked" && photoProblems.length === 0) buttons.length = 0;
  return h("li", { class: "card", "data-state": e.state, "data-key": e.key },
    h("p", { class: "title" }, title(e, known)),
    e.state === "booked" || !e.line || title(e, known) === e.line ? null : h("p", { class: "note" }, e.line),
    e.fields.background ? h("p", { class: "note" }, e.fields.background) : null,
    h("p", { class: e.state === "waiting" || e.state === "booked" ? "reason" : "reason problem" }, reason(e)),
    ...e.problems.map((p) => h("p", { class: "problem" }, p.text)),
    ...photoProblems.map((p) => h("p", { class: "problem" }, t("File: {problem}", { problem: p }))),
    key && e.booked ? h("p", { class: "note" }, t("In the book: {what}", { what: [customerText(e.booked.customer), e.booked.minutes ? t("{n} min", { n: e.booked.minutes }) : "", dayText(e.booked.day), e.booked.background].filter(Boolean).join(" · ") })) : null,
    buttons.length > 0 ? h("div", { class: "row" }, ...buttons) : null);
}

// anew gives an entry another key: it is one of its own from now on.
async function anew(e: Entry): Promise<void> {
  const fresh: Entry = { ...e, key: crypto.randomUUID(), edited: 0, state: "waiting", problems: [], booked: undefined };
  await store.rekey(e.key, fresh);
}

// drawLists draws what waits, and what the book has, and returns how many wait.
export async function drawLists(waiting: HTMLElement, done: HTMLElement, known: Known, deeds: Deeds): Promise<number> {
  const all = await store.entries();
  const open = all.filter((e) => !store.settled(e)).reverse();
  const booked = all.filter(store.settled).reverse();
  waiting.hidden = open.length === 0;
  done.hidden = booked.length === 0;
  fill(waiting, [h("h2", {}, open.length === 1 ? t("One entry is not in the book yet") : t("{n} entries are not in the book yet", { n: open.length })),
    h("ul", { class: "cards" }, ...open.map((e) => card(e, known, deeds)))]);
  fill(done, [h("h2", {}, t("Booked from this phone")),
    h("ul", { class: "cards" }, ...booked.map((e) => h("li", { class: "card", "data-state": "booked", "data-key": e.key },
      h("p", { class: "title" }, title(e, known)),
      e.booked?.background ? h("p", { class: "note" }, e.booked.background) : null,
      e.booked ? h("p", {}, h("a", { href: e.booked.entry }, t("See it in the book"))) : null)))]);
  return open.length;
}
