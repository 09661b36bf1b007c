// What every page loads: htmx, the small behaviours of the parts, and each
// island as soon as a page has one.
import "htmx.org";
import "./palette";
import "./capture";

const islands: Record<string, () => Promise<unknown>> = {
  "button[data-png]": () => import("./picture"),
  "quid-candidates": () => import("./candidates"),
  "quid-chart": () => import("./chart"),
  "quid-matrix": () => import("./matrix"),
  "quid-passkey": () => import("./passkey"),
};

// loadIslands fetches the code of every island that stands below root. Once it
// is defined, the browser itself brings later ones to life.
function loadIslands(root: ParentNode): void {
  for (const [name, load] of Object.entries(islands)) {
    if (root.querySelector(name)) {
      delete islands[name];
      void load();
    }
  }
}

// A toast goes by itself; one that offers to undo stays longer, and none goes
// while the reader is at it.
function watchToasts(root: ParentNode): void {
  for (const toast of root.querySelectorAll<HTMLElement>("[data-toast]:not([data-watched])")) {
    toast.dataset["watched"] = "";
    const stay = toast.querySelector("form") ? 30_000 : 8_000;
    const leave = (): void => {
      if (toast.matches(":hover, :focus-within")) setTimeout(leave, 2_000);
      else toast.remove();
    };
    setTimeout(leave, stay);
  }
}

// An answer may say what the attributes of an element elsewhere are to become, so
// that an island is told and needn't be made anew: data-attributes-of names the
// element, the other data-… attributes are what it gets.
function setAttributes(root: ParentNode): void {
  for (const say of root.querySelectorAll<HTMLElement>("[data-attributes-of]")) {
    const target = document.getElementById(say.dataset["attributesOf"] ?? "");
    for (const { name, value } of say.attributes) {
      if (name.startsWith("data-") && name !== "data-attributes-of") target?.setAttribute(name.slice(5), value);
    }
    say.remove();
  }
}

function arrived(): void {
  setAttributes(document);
  loadIslands(document);
  watchToasts(document);
}

document.addEventListener("click", (e) => {
  if (!(e.target instanceof Element)) return;
  e.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
});

// The value of a slider stands beside it and follows it.
document.addEventListener("input", (e) => {
  const input = e.target;
  if (!(input instanceof HTMLInputElement)) return;
  const output = document.getElementById(input.dataset["output"] ?? "");
  if (!output) return;
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 6 });
  output.textContent = number.format(input.valueAsNumber) + (output.dataset["unit"] ?? "");
});

// A button says which boxes of its list are checked.
document.addEventListener("input", (e) => {
  const list = e.target instanceof Element ? e.target.closest<HTMLElement>("[data-said]") : null;
  const said = document.getElementById(list?.dataset["said"] ?? "");
  if (!list || !said) return;
  const boxes = list.querySelectorAll<HTMLInputElement>("input:checked");
  const [first] = boxes;
  if (!first) said.textContent = said.dataset["all"] ?? "";
  else if (boxes.length === 1) said.textContent = first.labels?.[0]?.textContent?.trim() ?? "";
  else said.textContent = (said.dataset["some"] ?? "").replace("{n}", String(boxes.length));
});

document.addEventListener("htmx:after:swap", arrived);
arrived();
