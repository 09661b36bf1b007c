// The command palette: places and commands stand in the page, customers that fit
// what is typed are asked for at src. The listbox follows the ARIA pattern of a
// combobox: the focus stays in the input, the arrows move the choice.

import { fold } from "./fold";

interface Hit {
  label: string;
  sub?: string;
  href: string;
}

// A Line is what was typed, read as a free service.
interface Line {
  label: string;
  parts: string[];
  open: string[];
  book: string;
  href: string;
}

// fit says how well a text fits what was typed: every letter must come in
// order; letters that follow one another, and those that begin a word, count
// more. It returns -1 if the text doesn't fit.
export function fit(query: string, text: string): number {
  const q = fold(query).replace(/\s+/g, ""), t = fold(text);
  let score = 0, at = 0, last = -2;
  for (const letter of q) {
    const found = t.indexOf(letter, at);
    if (found < 0) return -1;
    score += found === last + 1 ? 4 : 1;
    if (found === 0 || !/[\p{L}\p{N}]/u.test(t[found - 1] ?? " ")) score += 3;
    last = found;
    at = found + 1;
  }
  return score - t.length / 100;
}

class Palette extends HTMLElement {
  #dialog!: HTMLDialogElement;
  #input!: HTMLInputElement;
  #found!: HTMLElement;
  #entry!: HTMLElement;
  #nothing!: HTMLElement;
  #template!: HTMLTemplateElement;
  #asked: AbortController | null = null;
  #wait = 0;
  #opener: Element | null = null;

  connectedCallback(): void {
    this.#dialog = this.querySelector("dialog")!;
    this.#input = this.querySelector("input")!;
    this.#found = this.querySelector("[data-found]")!;
    this.#entry = this.querySelector("[data-entry-group]")!;
    this.#nothing = this.querySelector("[data-nothing]")!;
    this.#template = this.querySelector("template")!;
    this.querySelectorAll("[role=option]").forEach((o, i) => (o.id = `palette-option-${i}`));
    this.#input.addEventListener("input", this.#typed);
    this.#dialog.addEventListener("keydown", this.#key);
    this.#dialog.addEventListener("click", this.#click);
    this.#dialog.addEventListener("close", this.#closed);
    document.addEventListener("keydown", this.#shortcut);
    document.addEventListener("click", this.#button);
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.#shortcut);
    document.removeEventListener("click", this.#button);
  }

  open(): void {
    if (this.#dialog.open) return;
    this.#opener = document.activeElement;
    this.#input.value = "";
    this.#dialog.showModal();
    this.#input.focus();
    this.#show();
    this.#customers([]);
    this.#line(null);
  }

  #shortcut = (e: KeyboardEvent): void => {
    if (e.key.toLowerCase() !== "k" || !(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey) return;
    e.preventDefault();
    if (this.#dialog.open) this.#dialog.close();
    else this.open();
  };

  #button = (e: MouseEvent): void => {
    if (e.target instanceof Element && e.target.closest("[data-open-palette]")) this.open();
  };

  #closed = (): void => {
    this.#asked?.abort();
    clearTimeout(this.#wait);
    if (this.#opener instanceof HTMLElement) this.#opener.focus();
  };

  #click = (e: MouseEvent): void => {
    if (!(e.target instanceof Element)) return;
    if (e.target === this.#dialog || e.target.closest("[data-close]")) {
      this.#dialog.close();
      return;
    }
    const option = e.target.closest<HTMLElement>("[role=option]");
    if (option) this.#go(option, e.ctrlKey || e.metaKey);
  };

  #key = (e: KeyboardEvent): void => {
    const list = this.#visible();
    const now = list.findIndex((o) => o.ariaSelected === "true");
    const moves: Record<string, number> = {
      ArrowDown: now + 1,
      ArrowUp: now - 1,
      PageDown: Math.min(now + 8, list.length - 1),
      PageUp: Math.max(now - 8, 0),
    };
    const to = moves[e.key];
    if (to !== undefined && list.length > 0) {
      e.preventDefault();
      this.#choose(list[(to + list.length) % list.length]);
    } else if (e.key === "Enter" && e.target === this.#input) {
      e.preventDefault();
      const option = list[now];
      if (option) this.#go(option, e.ctrlKey || e.metaKey);
    }
  };

  #typed = (): void => {
    this.#show();
    this.#asked?.abort();
    clearTimeout(this.#wait);
    const q = this.#input.value.trim();
    if (q.length < 2) {
      this.#customers([]);
      this.#line(null);
      return;
    }
    this.#wait = window.setTimeout(() => void this.#ask(q), 120);
  };

  // ask fetches the customers that fit; a newer question silences an older one.
  async #ask(q: string): Promise<void> {
    this.#asked = new AbortController();
    const signal = this.#asked.signal;
    if (this.dataset["entry"]) void this.#read(q, signal);
    const from = this.getAttribute("src");
    if (!from) return this.#customers([]);
    try {
      const src = new URL(from, location.href);
      src.searchParams.set("q", q);
      const answer = await fetch(src, { signal, headers: { Accept: "application/json" } });
      const hits: Hit[] = answer.ok ? await answer.json() : [];
      if (!signal.aborted) this.#customers(hits);
    } catch {
      if (!signal.aborted) this.#customers([]);
    }
  }

  // read asks what the line would book.
  async #read(q: string, signal: AbortSignal): Promise<void> {
    try {
      const src = new URL(this.dataset["entry"] ?? "", location.href);
      src.searchParams.set("line", q);
      const answer = await fetch(src, { signal, headers: { Accept: "application/json" } });
      const line: Line | null = answer.ok ? await answer.json() : null;
      if (!signal.aborted) this.#line(line);
    } catch {
      if (!signal.aborted) this.#line(null);
    }
  }

  // line offers to book what was typed, with what was understood of it.
  #line(line: Line | null): void {
    const option = this.#entry.querySelector<HTMLElement>("[role=option]")!;
    this.#entry.hidden = !line || line.label === "";
    if (line) {
      option.dataset["href"] = line.book || line.href;
      if (line.book) option.dataset["post"] = "";
      else delete option.dataset["post"];
      option.querySelector("span")!.textContent = [line.label, ...line.parts].join(" · ");
      option.querySelector("small")!.textContent = line.open.join(" · ");
    }
    this.#settle();
    if (!this.#entry.hidden) this.#choose(option);
  }

  #customers(hits: Hit[]): void {
    this.#found.querySelectorAll("[role=option]").forEach((o) => o.remove());
    hits.forEach((hit, i) => {
      const line = this.#template.content.querySelector<HTMLElement>("[role=option]")!.cloneNode(true) as HTMLElement;
      line.id = `palette-customer-${i}`;
      line.dataset["href"] = hit.href;
      line.querySelector("span")!.textContent = hit.label;
      line.querySelector("small")!.textContent = hit.sub ?? "";
      this.#found.append(line);
    });
    this.#found.hidden = hits.length === 0;
    this.#settle();
  }

  // show hides the places and commands that don't fit, and puts the best first.
  #show(): void {
    const q = this.#input.value.trim();
    for (const group of this.querySelectorAll<HTMLElement>("[role=group]:not([data-found], [data-entry-group])")) {
      const lines = [...group.querySelectorAll<HTMLElement>("[role=option]")];
      const fits = new Map(lines.map((line) => [line, fit(q, line.querySelector("span")!.textContent ?? "")]));
      for (const line of lines) line.hidden = q !== "" && fits.get(line)! < 0;
      if (q !== "") lines.sort((a, b) => fits.get(b)! - fits.get(a)!);
      else lines.sort((a, b) => a.id.localeCompare(b.id, undefined, { numeric: true }));
      group.append(...lines);
      group.hidden = lines.every((line) => line.hidden);
    }
    this.#settle();
  }

  // settle chooses the first line after the list has changed.
  #settle(): void {
    const list = this.#visible();
    this.#nothing.textContent = list.length === 0 ? (this.#nothing.dataset["nothing"] ?? "") : "";
    this.#choose(list.find((o) => o.ariaSelected === "true") ?? list[0]);
  }

  #visible(): HTMLElement[] {
    return [...this.#dialog.querySelectorAll<HTMLElement>("[role=group]:not([hidden]) [role=option]:not([hidden])")];
  }

  #choose(option: HTMLElement | undefined): void {
    for (const o of this.#dialog.querySelectorAll("[role=option]")) o.ariaSelected = String(o === option);
    if (option) {
      this.#input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      this.#input.removeAttribute("aria-activedescendant");
    }
  }

  #go(option: HTMLElement, apart: boolean): void {
    const href = option.dataset["href"] ?? "";
    this.#dialog.close();
    if (option.dataset["post"] !== undefined) {
      const form = document.createElement("form");
      form.method = "post";
      form.action = href;
      document.body.append(form);
      form.submit();
    } else if (apart) {
      window.open(href, "_blank", "noopener");
    } else {
      location.assign(href);
    }
  }
}

customElements.define("quid-palette", Palette);
