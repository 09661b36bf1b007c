// Runs before the first paint: a page whose theme is "system" becomes dark if
// the reader's system is, and follows it when it changes.
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

export function follow(): void {
  if (root.dataset["theme"] !== "system") return;
  root.classList.toggle("dark", system.matches);
}

follow();
system.addEventListener("change", follow);
