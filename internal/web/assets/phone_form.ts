// The form of an entry: one line, and below it what was understood of it. What is
// chosen by hand is stronger than the line.

import { dayBefore, readLine, search } from "./phone_line";
import type { Read } from "./phone_line";
import { mostBytes, shrink, thumbnail } from "./phone_photo";
import * as store from "./phone_store";
import type { Ask, Customer, Draft, Entry, Fields, Known, Service } from "./phone_store";
import { findOnServer, readOnServer, whole } from "./phone_sync";
import { dayText, fill, h, lang, numberText, t, today } from "./phone_words";

const mostChips = 4;
const longestLine = 500;

interface Mine {
  customers: Customer[];
  types: string[];
}

export function emptyDraft(): Draft {
  return { key: crypto.randomUUID(), line: "", hand: {}, photos: [] };
}

export class Form {
  readonly element: HTMLFormElement;
  known: Known;
  #draft: Draft;
  #mine: Mine = { customers: [], types: [] };
  #auto: Read = { asks: [] };
  #problems = new Map<string, string>();
  #busy = false;
  #later = false; // whether "keep for later" is offered
  #asked: AbortController | null = null;
  #searched: AbortController | null = null;
  #wait = 0;
  #save = 0;
  #booked: () => void;
  #online: () => boolean;

  #line = h("input", { id: "line", type: "text", maxlength: longestLine, autocomplete: "off", autocapitalize: "off", enterkeyhint: "done", placeholder: t("meier hotline 20m noisy pump"), "aria-describedby": "understood" });
  #understood = h("div", { id: "understood", role: "status" });
  #changing = h("div", { id: "changing" });
  #nobody = h("div", { id: "nobody" });
  #customer = h("div", { class: "part" });
  #service = h("div", { class: "part" });
  #amount = h("div", { class: "part" });
  #day = h("div", { class: "part" });
  #background = h("textarea", { id: "background", rows: 2, maxlength: 2000 });
  #photos = h("div", { class: "photos" });
  #go = h("div", { class: "go" });
  #foot = h("div", { class: "go foot" });

  constructor(known: Known, draft: Draft, booked: () => void, online: () => boolean) {
    this.known = known;
    this.#draft = draft;
    this.#booked = booked;
    this.#online = online;
    this.#line.value = draft.line;
    this.#line.addEventListener("input", () => this.#typed());
    this.#background.addEventListener("input", () => {
      this.#draft.hand.background = this.#background.value;
      this.#keep();
    });
    const file = h("input", { id: "photo", type: "file", accept: "image/*,application/pdf", class: "sr-only", onchange: () => void this.#photo(file) });
    this.element = h("form", { novalidate: true, onsubmit: (e: Event) => { e.preventDefault(); void this.#book(false); } },
      this.#changing, this.#nobody,
      h("div", { class: "part" }, h("label", { for: "line" }, t("In one line")), this.#line, this.#understood, this.#go),
      this.#customer, this.#service, this.#amount, this.#day,
      h("div", { class: "part" }, h("label", { for: "background" }, t("Background")), this.#background),
      h("div", { class: "part" }, file, h("label", { for: "photo", class: "chip file" }, t("Add a photo or PDF")), this.#photos),
      this.#foot);
    void store.kept<Mine>("mine").then((mine) => {
      if (mine) this.#mine = mine;
      this.#draw();
    });
    this.#read();
    this.#draw();
    void this.#drawPhotos();
  }

  // reknow takes news of customers and services.
  reknow(known: Known): void {
    this.known = known;
    this.#read();
    this.#draw();
  }

  // change lets an entry be changed.
  change(e: Entry): void {
    this.#draft = { key: e.key, line: whole(e.fields, this.known) ? "" : e.line, hand: { ...e.fields }, photos: e.photos, edits: e.key };
    this.#problems = new Map(e.problems.map((p) => [p.field, p.text]));
    this.#reset();
    if (e.asks.length > 0) this.#auto.asks = e.asks;
    this.#draw();
    this.element.scrollIntoView({ block: "start" });
    this.#line.focus({ preventScroll: true });
  }

  #reset(): void {
    this.#later = false;
    this.#asked?.abort();
    this.#line.value = this.#draft.line;
    this.#auto = { asks: [] };
    this.#read();
    this.#draw();
    void this.#drawPhotos();
    this.#keep();
  }

  // fields are what the entry says now.
  #fields(): Fields {
    const { asks: _, near: __, sold: ___, ...auto } = this.#auto;
    const f: Fields = { day: today(), ...clean(auto), ...clean(this.#draft.hand) };
    return f;
  }

  #unit(): Service["unit"] | "" {
    return this.#type()?.unit ?? "";
  }

  #type(): Service | undefined {
    const id = this.#fields().type;
    return this.known.types.find((s) => s.id === id);
  }

  #keep(): void {
    clearTimeout(this.#save);
    this.#save = window.setTimeout(() => void store.keep("draft", this.#draft), 150);
  }

  #hand(f: Fields): void {
    Object.assign(this.#draft.hand, f);
    for (const name of Object.keys(f)) this.#problems.delete(name);
    this.#problems.delete("body");
    this.#keep();
    if (f.customer || f.type) this.#read();
    this.#draw();
  }

  #typed(): void {
    this.#draft.line = this.#line.value;
    this.#later = false;
    this.#problems.clear();
    this.#keep();
    this.#read();
    this.#draw();
  }

  // read reads the line at once on the phone, and then on the server.
  #read(): void {
    const line = this.#draft.line.trim();
    this.#asked?.abort();
    clearTimeout(this.#wait);
    this.#auto = line ? readLine(line, this.known, today()) : { asks: [] };
    if (!line || !this.#online()) return;
    this.#wait = window.setTimeout(() => void this.#readBetter(line), 200);
  }

  async #readBetter(line: string): Promise<void> {
    const asked = (this.#asked = new AbortController());
    try {
      const read = await readOnServer(line, today(), this.#draft.hand, asked.signal);
      if (asked.signal.aborted) return;
      this.#auto = { asks: [], ...read };
      this.#draw();
    } catch {
      // What the phone understood stands.
    }
  }

  #draw(): void {
    const f = this.#fields();
    fill(this.#changing, [this.#draft.edits && h("p", { class: "note" }, t("You are changing an entry."), " ", h("button", { type: "button", class: "chip", onclick: () => this.#leave() }, t("Leave it as it was")))]);
    const nobody = this.known.today !== "" && this.known.whole && this.known.customers.length === 0;
    fill(this.#nobody, [nobody && h("p", { class: "note" }, t("There are no customers yet. They come in by a file, best at a desk."), " ", h("a", { class: "chip", href: "/import" }, t("Import a file")))]);
    this.#drawUnderstood(f);
    this.#drawCustomer(f);
    this.#drawService(f);
    this.#drawAmount(f);
    this.#drawDay(f);
    if (document.activeElement !== this.#background) this.#background.value = f.background ?? "";
    const book = this.#draft.edits ? t("Save the change") : t("Book");
    fill(this.#go, [
      this.#problems.has("body") && h("p", { class: "problem", role: "alert" }, this.#problems.get("body") ?? ""),
      h("button", { class: "big", id: "book" }, book),
      this.#later && h("button", { type: "button", class: "big quiet", onclick: () => void this.#book(true) }, t("Keep it for later")),
    ]);
    fill(this.#foot, [h("button", { class: "big" }, book)]);
  }

  #leave(): void {
    this.#draft = emptyDraft();
    this.#problems.clear();
    this.#reset();
  }

  #drawUnderstood(f: Fields): void {
    const open = (as: Ask["as"]): boolean => as === "customer" ? !this.#draft.hand.customer : as === "type" ? !this.#draft.hand.type : as === "minutes" ? !this.#draft.hand.minutes : !this.#draft.hand.day;
    const type = this.#type();
    const said = [f.customer?.name, type && this.#name(type), this.#amountText(f), f.day && f.day !== today() && dayText(f.day)].filter(Boolean).join(" · ");
    fill(this.#understood, [
      this.#draft.line.trim() && said && h("p", { class: "said" }, said),
      this.#auto.near && this.#auto.asks.length === 0 && h("p", { class: "note" }, t("A name is spelled differently: please look.")),
      this.#auto.sold && h("p", { class: "problem" }, t("This is a paid service: it belongs on an invoice and can't be booked as free.")),
      ...this.#auto.asks.filter((a) => open(a.as)).map((a) => this.#ask(a)),
    ]);
  }

  #amountText(f: Fields): string {
    if (f.minutes) return t("{n} min", { n: numberText(f.minutes) });
    if (f.quantity && this.#unit() !== "flat") return t("{n} pcs", { n: numberText(Number(f.quantity)) });
    return "";
  }

  #ask(a: Ask): Node {
    const chips: Node[] = [];
    for (const c of a.customers ?? []) chips.push(this.#chip(customerText(c), false, () => this.#hand({ customer: c })));
    for (const id of a.types ?? []) {
      const type = this.known.types.find((s) => s.id === id);
      if (type) chips.push(this.#chip(this.#name(type), false, () => this.#hand({ type: id })));
    }
    for (const m of a.minutes ?? []) chips.push(this.#chip(t("{n} min", { n: numberText(m) }), false, () => this.#hand({ minutes: m })));
    for (const d of a.days ?? []) chips.push(this.#chip(dayText(d), false, () => this.#hand({ day: d })));
    const question = a.text ? t("Which one is “{text}”?", { text: a.text }) : t("Which one?");
    return h("div", { class: "question", role: "group", "aria-label": question }, h("p", {}, question), h("div", { class: "chips" }, ...chips));
  }

  #chip(text: string, pressed: boolean, onclick: () => void): HTMLButtonElement {
    return h("button", { type: "button", class: "chip", "aria-pressed": String(pressed), onclick }, text);
  }

  #name(s: Service): string {
    return lang() === "de" ? s.de : s.en;
  }

  #problem(field: string): Node | null {
    const text = this.#problems.get(field);
    return text ? h("p", { class: "problem", id: field + "-problem", role: "alert" }, text) : null;
  }

  #drawCustomer(f: Fields): void {
    const label = h("p", { class: "label", id: "customer-label" }, t("Customer"));
    if (f.customer) {
      const c = f.customer;
      const another = h("button", { type: "button", class: "chip", onclick: () => {
        this.#draft.hand.customer = undefined;
        this.#auto.customer = undefined;
        this.#keep();
        this.#draw();
        this.#customer.querySelector("input")?.focus();
      } }, t("Another"));
      fill(this.#customer, [label, h("div", { class: "chosen" }, h("span", {}, h("b", {}, c.name), sub(c)), another), this.#problem("customer")]);
      return;
    }
    const typing = this.#customer.querySelector<HTMLInputElement>("#who");
    if (typing && !this.#problems.has("customer")) { // don't disturb who is typing
      if (!typing.value) this.#search("", this.#customer.querySelector<HTMLElement>(".hits")!);
      return;
    }
    const hits = h("div", { class: "hits" });
    const who = h("input", {
      id: "who", type: "search", autocomplete: "off", placeholder: t("Search a name or number"), "aria-labelledby": "customer-label",
      "aria-invalid": this.#problems.has("customer"), "aria-describedby": this.#problems.has("customer") ? "customer-problem" : null,
      oninput: () => this.#search(who.value, hits),
      onkeydown: (e: Event) => {
        if ((e as KeyboardEvent).key !== "Enter") return;
        e.preventDefault();
        hits.querySelector("button")?.click();
      },
    });
    this.#search("", hits);
    fill(this.#customer, [label, who, hits, this.#problem("customer")]);
  }

  #lastCustomers(): Customer[] {
    const list = [...this.#mine.customers];
    for (const c of this.known.customers.slice(0, 2 * mostChips)) {
      if (!list.some((x) => x.id === c.id)) list.push(c);
    }
    return list.slice(0, mostChips);
  }

  #search(query: string, into: HTMLElement): void {
    this.#searched?.abort();
    const show = (list: Customer[]): void => {
      fill(into, list.map((c) => h("button", { type: "button", class: "hit", onclick: () => this.#hand({ customer: c }) }, h("b", {}, c.name), sub(c))));
      if (list.length === 0 && query.trim()) fill(into, [h("p", { class: "note" }, this.#online() ? t("Nobody is called so.") : t("Not among the customers on this phone. Write it in the line: it is looked for when there is network."))]);
    };
    if (!query.trim()) {
      show(this.#lastCustomers());
      return;
    }
    const here = search(query, this.known.customers, 8);
    show(here);
    if (this.known.whole || !this.#online()) return;
    const asked = (this.#searched = new AbortController());
    setTimeout(() => {
      if (asked.signal.aborted) return;
      findOnServer(query, asked.signal).then((found) => {
        if (!asked.signal.aborted) show([...here, ...found.filter((c) => !here.some((x) => x.id === c.id))].slice(0, 10));
      }, () => undefined);
    }, 200);
  }

  #drawService(f: Fields): void {
    const types = [...this.known.types].sort((a, b) => place(this.#mine.types, a.id) - place(this.#mine.types, b.id));
    const select = h("select", {
      id: "type", "aria-invalid": this.#problems.has("type"), "aria-describedby": this.#problems.has("type") ? "type-problem" : null,
      onchange: () => this.#hand({ type: select.value || undefined }),
    }, h("option", { value: "" }, t("Choose a service")), ...types.map((s) => h("option", { value: s.id, selected: s.id === f.type }, this.#name(s))));
    fill(this.#service, [
      h("label", { for: "type" }, t("Service")),
      h("div", { class: "chips" }, ...types.slice(0, 3).map((s) => this.#chip(this.#name(s), s.id === f.type, () => this.#hand({ type: s.id })))),
      select, this.#problem("type"),
    ]);
  }

  #drawAmount(f: Fields): void {
    const pieces = this.#unit() === "pieces";
    const flat = this.#unit() === "flat";
    const value = pieces ? Number(f.quantity ?? 0) : (f.minutes ?? 0);
    const set = (n: number): void => this.#hand(pieces ? { quantity: n > 0 ? String(n) : undefined } : { minutes: n > 0 ? Math.min(n, 44640) : undefined });
    const step = pieces ? 1 : this.#unit() === "hours" ? 15 : 5;
    const label = pieces ? t("Pieces") : flat ? t("Minutes, if you like") : t("Minutes");
    const input = h("input", {
      id: "amount", type: "text", inputmode: "numeric", value: value ? String(value) : "", "aria-invalid": this.#problems.has("quantity"),
      "aria-describedby": this.#problems.has("quantity") ? "quantity-problem" : null,
      onchange: () => set(Math.max(0, Math.round(Number(input.value.replace(",", ".")) || 0))),
    });
    if (document.activeElement?.id === "amount") return;
    fill(this.#amount, [
      h("label", { for: "amount" }, label),
      h("div", { class: "stepper" },
        h("button", { type: "button", class: "step", "aria-label": t("Less"), onclick: () => set(Math.max(0, Math.ceil(value / step) * step - step)) }, "−"),
        input,
        h("button", { type: "button", class: "step", "aria-label": t("More"), onclick: () => set(Math.floor(value / step) * step + step) }, "+")),
      !pieces && h("div", { class: "chips" }, ...[10, 20, 30, 60].map((n) => this.#chip(t("{n} min", { n }), n === value, () => set(n)))),
      this.#problem("quantity"), this.#problem("minutes"),
    ]);
  }

  #drawDay(f: Fields): void {
    const now = today();
    const input = h("input", { id: "day", type: "date", value: f.day ?? now, max: now, onchange: () => this.#hand({ day: input.value || undefined }) });
    fill(this.#day, [
      h("label", { for: "day" }, t("Day")),
      h("div", { class: "chips" },
        this.#chip(t("Today"), f.day === now, () => this.#hand({ day: now })),
        this.#chip(t("Yesterday"), f.day === dayBefore(now, 1), () => this.#hand({ day: dayBefore(now, 1) })), input),
      this.#problem("day"),
    ]);
  }

  async #photo(input: HTMLInputElement): Promise<void> {
    for (const file of input.files ?? []) {
      const small = await shrink(file);
      if (small.size > mostBytes) {
        this.#problems.set("body", t("The file is larger than 5 MB."));
        continue;
      }
      const id = crypto.randomUUID();
      await store.putPhoto(id, small);
      this.#draft.photos = [...this.#draft.photos, { id }];
    }
    input.value = "";
    this.#keep();
    this.#draw();
    await this.#drawPhotos();
  }

  async #drawPhotos(): Promise<void> {
    const list: Node[] = [];
    for (const [i, p] of this.#draft.photos.entries()) {
      const content = await store.photo(p.id);
      const picture = content && await thumbnail(content, t("Photo {n}", { n: i + 1 }));
      list.push(h("figure", {}, picture ?? h("span", { class: "paper" }, t("File {n}", { n: i + 1 })),
        h("button", { type: "button", class: "chip", "aria-label": t("Remove photo {n}", { n: i + 1 }), onclick: () => {
          this.#draft.photos = this.#draft.photos.filter((q) => q.id !== p.id);
          if (!this.#draft.edits) void store.dropPhoto(p.id);
          this.#keep();
          void this.#drawPhotos();
        } }, t("Remove"))));
    }
    fill(this.#photos, list);
  }

  // check says what is missing; without network a line is enough.
  #check(f: Fields): boolean {
    this.#problems.clear();
    const line = this.#draft.line.trim();
    if (whole(f, this.known)) return true;
    if (line && !this.#online()) return true;
    if (!f.customer) this.#problems.set("customer", t("Choose a customer"));
    if (!f.type) this.#problems.set("type", t("Choose a service"));
    else if (f.customer) this.#problems.set("quantity", this.#unit() === "pieces" ? t("How many?") : t("How long did it take?"));
    this.#later = line !== "";
    return false;
  }

  // book keeps the entry on the phone first: from then on it isn't lost.
  async #book(anyway: boolean): Promise<void> {
    if (this.#busy) return;
    if (document.activeElement instanceof HTMLInputElement && document.activeElement.id === "amount") document.activeElement.blur();
    const f = this.#fields();
    if (!this.#check(f) && !anyway) {
      this.#draw();
      this.element.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
      return;
    }
    this.#busy = true;
    try {
      const complete = whole(f, this.known);
      const d = this.#draft;
      const old = d.edits ? await store.entry(d.edits) : undefined;
      const e: Entry = {
        key: d.key, made: old?.made ?? Date.now(), edited: (old?.edited ?? 0) + 1, line: complete ? "" : d.line.trim(), on: old?.on ?? today(),
        fields: complete ? clean(f) : clean(d.hand), state: complete || !this.#online() ? "waiting" : "look", problems: [],
        asks: complete ? [] : this.#auto.asks, photos: d.photos,
      };
      const next = emptyDraft();
      clearTimeout(this.#save);
      await store.book(e, next);
      this.#remember(f);
      this.#draft = next;
      this.#problems.clear();
      this.#reset();
      this.#booked();
      this.element.ownerDocument.getElementById("line")?.scrollIntoView({ block: "center" });
    } finally {
      this.#busy = false;
    }
  }

  // remember notes what this phone booked last.
  #remember(f: Fields): void {
    if (f.customer) this.#mine.customers = [f.customer, ...this.#mine.customers.filter((c) => c.id !== f.customer?.id)].slice(0, mostChips);
    if (f.type) this.#mine.types = [f.type, ...this.#mine.types.filter((id) => id !== f.type)].slice(0, mostChips);
    void store.keep("mine", this.#mine);
  }
}

function place(list: string[], id: string): number {
  const i = list.indexOf(id);
  return i < 0 ? list.length : i;
}

// clean leaves out what isn't said.
function clean(f: Fields): Fields {
  return Object.fromEntries(Object.entries(f).filter(([, v]) => v !== undefined && v !== "")) as Fields;
}

export function customerText(c: Customer): string {
  return [c.name, c.number, c.city].filter(Boolean).join(" · ");
}

function sub(c: Customer): Node | null {
  const text = [c.number, c.city].filter(Boolean).join(" · ");
  return text ? h("small", {}, text) : null;
}
