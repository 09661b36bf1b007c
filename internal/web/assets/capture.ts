// Capture of free services: timers that count on, the key that leads to quick
// entry, and Enter that books a line once nothing is open.

// clock writes seconds as 12:34 or 1:02:03.
function clock(seconds: number): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const h = Math.floor(seconds / 3600), m = Math.floor(seconds / 60) % 60, s = seconds % 60;
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

// Timers count from what the server said, by a clock that nobody sets.
const began = new WeakMap<Element, number>();
function tick(): void {
  for (const timer of document.querySelectorAll<HTMLElement>("[data-timer]")) {
    if (!began.has(timer)) began.set(timer, performance.now() - 1000 * Number(timer.dataset["timer"]));
    timer.textContent = clock(Math.floor((performance.now() - began.get(timer)!) / 1000));
  }
}
tick();
if (document.querySelector("[data-timer]")) setInterval(tick, 1000);

// N leads to quick entry, unless somebody types; who doesn't want it turns it off.
document.addEventListener("keydown", (e) => {
  if (e.key.toLowerCase() !== "n" || e.ctrlKey || e.metaKey || e.altKey || e.shiftKey || e.defaultPrevented) return;
  if (document.querySelector("dialog[open]")) return;
  const at = e.target instanceof Element ? e.target : document.body;
  if (at.closest("input, textarea, select, [contenteditable], [role=textbox], [role=combobox]")) return;
  const link = document.querySelector<HTMLAnchorElement>("a[data-capture][aria-keyshortcuts]");
  if (!link) return;
  e.preventDefault();
  const line = document.querySelector<HTMLInputElement>("[data-capture-line] input[name=line]");
  if (line) line.focus();
  else link.click();
});

// Enter in the quick line books the entry if what stands below was read from this
// very line and nothing is open; otherwise the line is read.
document.addEventListener("submit", (e) => {
  const form = e.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-capture-line]") || e.submitter?.hasAttribute("formaction")) return;
  const entry = document.getElementById("entry");
  const line = form.querySelector<HTMLInputElement>("input[name=line]")?.value.trim() ?? "";
  if (line !== "" && entry?.dataset["ready"] !== undefined && entry.dataset["line"] === line) {
    e.preventDefault();
    document.querySelector<HTMLFormElement>("#entry-form")?.requestSubmit();
  }
});
