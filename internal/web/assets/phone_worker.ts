// The service worker keeps the shell of one build, page and files together, so
// that the phone page opens without network. A new build is another worker with a
// cache of its own; it takes over when the page asks for it, and the page is then
// loaded anew. What the book says is never kept here.

interface Waiting extends Event {
  waitUntil(p: Promise<unknown>): void;
}
interface Asked extends Waiting {
  request: Request;
  respondWith(r: Promise<Response>): void;
}
interface Worker {
  addEventListener(type: "install" | "activate", fn: (e: Waiting) => void): void;
  addEventListener(type: "message", fn: (e: MessageEvent) => void): void;
  addEventListener(type: "fetch", fn: (e: Asked) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}

// The server writes it in front of this text.
declare const QUID: { build: string; files: string[] };

const worker = self as unknown as Worker;
const prefix = "quid-phone-";
const shell = prefix + QUID.build;

// keepShell fails if the server has changed in between: page and files must be of
// the build of this worker.
async function keepShell(): Promise<void> {
  const page = await fetch("/phone", { cache: "no-store" });
  if (!page.ok || page.headers.get("Quid-Build") !== QUID.build) throw new Error("the page is of another build");
  const cache = await caches.open(shell);
  await cache.addAll(QUID.files);
  await cache.put("/phone", page);
}

async function dropOthers(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(prefix) && name !== shell) await caches.delete(name);
  }
  await worker.clients.claim();
}

async function kept(request: Request, as: string): Promise<Response> {
  const cache = await caches.open(shell);
  return (await cache.match(as)) ?? fetch(request);
}

worker.addEventListener("install", (e) => e.waitUntil(keepShell()));
worker.addEventListener("activate", (e) => e.waitUntil(dropOthers()));
worker.addEventListener("message", (e) => {
  if (e.data === "take over") void worker.skipWaiting();
});
worker.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== location.origin) return;
  if (e.request.mode === "navigate" && url.pathname === "/phone") e.respondWith(kept(e.request, "/phone"));
  else if (QUID.files.includes(url.pathname)) e.respondWith(kept(e.request, url.pathname));
});
