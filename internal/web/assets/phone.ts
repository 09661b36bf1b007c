// The phone page: it opens from what the phone keeps, works without network, and
// talks to the book whenever that can be reached.

import { emptyDraft, Form } from "./phone_form";
import { drawLists } from "./phone_list";
import * as store from "./phone_store";
import type { Draft, Known } from "./phone_store";
import { outcomeOf, refresh, sync } from "./phone_sync";
import type { Outcome } from "./phone_sync";
import { fill, h, lang, t } from "./phone_words";

const again = 30_000; // until what waits is tried again
const nothing: Known = { today: "", customers: [], served: 0, whole: false, types: [] };

interface InstallQuestion extends Event {
  prompt(): Promise<void>;
}

let known: Known = nothing;
let outcome: Outcome = navigator.onLine ? "done" : "offline";
let form: Form;
let question: InstallQuestion | null = null;
let waits = 0;

const net = h("p", { id: "net", role: "status" });
const waiting = h("section", { id: "waiting", hidden: true });
const done = h("section", { id: "done", hidden: true });
const menu = h("dialog", { id: "menu", "aria-labelledby": "menu-title" });

const online = (): boolean => navigator.onLine && outcome !== "offline";

function drawNet(): void {
  const state = !navigator.onLine || outcome === "offline" ? "offline" : outcome;
  document.body.dataset["net"] = state;
  document.body.dataset["waits"] = String(waits);
  const words: Record<Outcome, string> = {
    done: waits === 0 ? "" : t("{n} not in the book", { n: waits }),
    offline: waits === 0 ? t("No network") : t("No network · {n} kept here", { n: waits }),
    old: t("A new version is being loaded"),
    trouble: t("The server has trouble; nothing is lost"),
  };
  if (net.textContent !== words[state]) net.textContent = words[state];
}

async function drawAll(): Promise<void> {
  waits = await drawLists(waiting, done, known, {
    change: (e) => form.change(e),
    changed: () => void talk(),
  });
  drawNet();
}

// talk sends what waits and fetches news, one after the other.
async function talk(): Promise<void> {
  await drawAll();
  if (!navigator.onLine) {
    outcome = "offline";
    drawNet();
    return;
  }
  outcome = await sync(known);
  await drawAll();
  if (outcome === "old") renew();
}

async function news(): Promise<void> {
  if (!navigator.onLine) return;
  try {
    known = await refresh();
    outcome = "done";
    form.reknow(known);
  } catch (err) {
    outcome = outcomeOf(err);
    if (outcome === "old") renew();
  }
  await drawAll();
}

async function wake(): Promise<void> {
  await talk();
  await news();
}

// renew asks for the new build: its worker takes over, and the page is loaded anew.
// What is being typed is kept.
function renew(): void {
  if (!("serviceWorker" in navigator)) {
    location.reload();
    return;
  }
  void navigator.serviceWorker.getRegistration("/phone").then(async (r) => {
    if (!r) {
      location.reload();
      return;
    }
    r.waiting?.postMessage("take over");
    await r.update().catch(() => undefined);
  });
}

function keepShell(): void {
  if (!("serviceWorker" in navigator)) return;
  let has = navigator.serviceWorker.controller !== null; // the first one belongs to this page
  let loading = false;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (has && !loading) {
      loading = true;
      location.reload();
    }
    has = true;
  });
  void navigator.serviceWorker.register("/phone/sw.js", { scope: "/phone", updateViaCache: "none" }).then((r) => {
    const takeOver = (w: ServiceWorker | null): void => {
      if (w?.state === "installed" && navigator.serviceWorker.controller) w.postMessage("take over");
      w?.addEventListener("statechange", () => {
        if (w.state === "installed" && navigator.serviceWorker.controller) w.postMessage("take over");
      });
    };
    takeOver(r.waiting);
    r.addEventListener("updatefound", () => takeOver(r.installing));
  }, () => undefined); // without a worker the page works while there is network
  void navigator.serviceWorker.ready.then(() => (document.body.dataset["kept"] = "1"));
}

function choose(what: "lang" | "theme", value: string): void {
  localStorage.setItem("quid-" + what, value);
  // The other pages follow if they can be reached.
  void fetch("/settings", { method: "POST", body: new URLSearchParams({ [what]: value, back: "/phone" }), redirect: "manual" }).catch(() => undefined).then(() => location.reload());
}

function drawMenu(): void {
  const html = document.documentElement;
  const choice = (what: "lang" | "theme", now: string, list: [string, string][]): Node =>
    h("div", { class: "chips" }, ...list.map(([value, name]) => h("button", {
      type: "button", class: "chip", lang: what === "lang" ? value : null, "aria-pressed": String(value === now), onclick: () => choose(what, value),
    }, name)));
  fill(menu, [
    h("h2", { id: "menu-title" }, t("Language and theme")),
    choice("lang", lang(), [["de", "Deutsch"], ["en", "English"]]),
    choice("theme", html.dataset["theme"] ?? "system", [["light", t("Light")], ["dark", t("Dark")], ["system", t("System")]]),
    question && h("button", { type: "button", class: "big quiet", onclick: () => void question?.prompt() }, t("Install on this phone")),
    h("p", {}, h("a", { class: "chip", href: "/" }, t("To the other pages"))),
    h("button", { type: "button", class: "big", onclick: () => menu.close() }, t("Close")),
  ]);
}

async function start(): Promise<void> {
  known = (await store.kept<Known>("known")) ?? nothing;
  const draft = (await store.kept<Draft>("draft")) ?? emptyDraft();
  void store.sweep(draft);
  document.title = t("Book a service") + " · Quid";
  form = new Form(known, draft, () => {
    void navigator.storage?.persist?.();
    void talk();
  }, online);
  document.body.append(
    h("header", { class: "bar" }, h("h1", {}, t("Book a service")), net,
      h("button", { type: "button", class: "step", "aria-label": t("Language and theme"), onclick: () => { drawMenu(); menu.showModal(); } }, "⋯")),
    h("main", {}, form.element, waiting, done), menu);
  await drawAll();
  document.body.dataset["ready"] = "1";
  keepShell();
  window.addEventListener("online", () => void wake());
  window.addEventListener("offline", () => { outcome = "offline"; drawNet(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) void wake(); });
  window.addEventListener("beforeinstallprompt", (e) => { e.preventDefault(); question = e as InstallQuestion; });
  setInterval(() => { if (waits > 0 || outcome !== "done") void talk(); }, again);
  await news();
  await talk();
}

void start();
