// Candidates are decided by the keyboard: j and k move, Enter confirms, x
// dismisses. The rows and their forms are the server's; this only moves and
// presses, and turns minutes into hours when another service is chosen.

const rows = "[data-candidate]";

class Candidates extends HTMLElement {
  connectedCallback(): void {
    document.addEventListener("keydown", this.key);
    document.addEventListener("htmx:after:swap", this.swapped);
    this.addEventListener("change", this.changed);
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.key);
    document.removeEventListener("htmx:after:swap", this.swapped);
  }

  private all(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(rows)];
  }

  private current(): HTMLElement | null {
    return document.activeElement?.closest<HTMLElement>(rows) ?? null;
  }

  // next is where the reader goes on after a decision: the row takes a moment to go.
  private next: HTMLElement | null = null;

  private move(by: number): void {
    const all = this.all();
    const at = this.current();
    const to = at ? all[all.indexOf(at) + by] : all[0];
    to?.focus();
    to?.scrollIntoView({ block: "nearest" });
  }

  private press(selector: string): void {
    const row = this.current();
    if (!row) return;
    const all = this.all();
    const i = all.indexOf(row);
    this.next = all[i + 1] ?? all[i - 1] ?? null;
    row.querySelector<HTMLButtonElement>(selector)?.click();
  }

  private key = (e: KeyboardEvent): void => {
    if (e.ctrlKey || e.metaKey || e.altKey || !(e.target instanceof Element)) return;
    const typing = e.target.closest("input, select, textarea, button, a, dialog");
    if (e.key === "Escape" && typing) this.current()?.focus();
    if (typing) return;
    switch (e.key) {
      case "j":
        this.move(1);
        break;
      case "k":
        this.move(-1);
        break;
      case "Enter":
        this.press("[data-confirm]");
        break;
      case "x":
        this.press("[data-dismiss-candidate]");
        break;
      default:
        return;
    }
    e.preventDefault();
  };

  private swapped = (): void => {
    if (this.next?.isConnected) this.next.focus();
    this.next = null;
  };

  private changed = (e: Event): void => {
    const select = e.target;
    if (!(select instanceof HTMLSelectElement)) return;
    const form = select.form;
    const quantity = form?.elements.namedItem("quantity");
    const spent = form?.elements.namedItem("spent");
    if (!(quantity instanceof HTMLInputElement) || !(spent instanceof HTMLInputElement)) return;
    const minutes = Number(spent.value);
    const unit = select.selectedOptions[0]?.dataset["unit"];
    const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 4, useGrouping: false });
    if (unit === "minutes") quantity.value = minutes ? String(minutes) : "";
    else if (unit === "hours") quantity.value = minutes ? number.format(minutes / 60) : "";
    else quantity.value = "1";
  };
}

customElements.define("quid-candidates", Candidates);
export {};
