// Words and elements of the phone page.

const texts: Record<string, Record<string, string>> = JSON.parse(document.getElementById("phone-texts")?.textContent ?? "{}");

export function lang(): string {
  return document.documentElement.lang;
}

// t says an English text in the phone's language; {name} becomes a value.
export function t(english: string, values: Record<string, string | number> = {}): string {
  const text = texts[lang()]?.[english] ?? english;
  return text.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

// dayText writes a day such as 2026-12-31 as people do.
export function dayText(day: string): string {
  return new Intl.DateTimeFormat(lang(), { weekday: "short", day: "numeric", month: "numeric", timeZone: "UTC" }).format(new Date(day + "T12:00:00Z"));
}

export function numberText(n: number): string {
  return new Intl.NumberFormat(lang(), { maximumFractionDigits: 2 }).format(n);
}

// today is the phone's own day.
export function today(): string {
  const d = new Date();
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}

type Child = Node | string | null | false | undefined;
type Attributes = Record<string, string | number | boolean | null | undefined | ((e: Event) => void)>;

// h makes an element. A function is what it does on an event: onclick; true is an
// attribute without a value, false and null leave it out.
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") e.addEventListener(name.slice(2), value);
    else if (value === true) e.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) e.setAttribute(name, String(value));
  }
  fill(e, children);
  return e;
}

// fill puts children in the place of what an element holds.
export function fill(e: Element, children: Child[]): void {
  e.replaceChildren(...children.filter((c): c is Node | string => c !== null && c !== undefined && c !== false && c !== ""));
}

// confirmed puts a question in the way of something that can't be taken back.
export function confirmed(question: string, yes: string): Promise<boolean> {
  return new Promise((answer) => {
    const dialog = h("dialog", { class: "ask", "aria-labelledby": "ask-text" },
      h("p", { id: "ask-text" }, question),
      h("div", { class: "row" },
        h("button", { type: "button", class: "big quiet", onclick: () => dialog.close("no") }, t("Cancel")),
        h("button", { type: "button", class: "big bad", onclick: () => dialog.close("yes") }, yes)));
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
