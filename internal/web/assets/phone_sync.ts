// Brings entries to the book and news to the phone. Nothing is forgotten here
// before the book has said that it has it; everything may be sent again.

import * as store from "./phone_store";
import type { Ask, Booked, Customer, Entry, Fields, Known, Problem } from "./phone_store";
import { lang, t } from "./phone_words";

// Outcome is how the last talk with the server went. old: the server has another
// build, and this page must be loaded anew. trouble: it answered, but not as it should.
export type Outcome = "done" | "offline" | "old" | "trouble";

const build = document.documentElement.dataset["build"] ?? "";
const patience = 20_000;
const batch = 20;

class Old extends Error {}
class Trouble extends Error {}

// ask sends a request that names this build.
async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const url = new URL(path, location.href);
  url.searchParams.set("lang", lang());
  const headers = new Headers(init.headers);
  headers.set("Quid-Build", build);
  const answer = await fetch(url, { ...init, headers, signal: init.signal ?? AbortSignal.timeout(patience) });
  if (answer.status === 409) throw new Old();
  return answer;
}

// outcomeOf says what an error of a talk means.
export function outcomeOf(err: unknown): Outcome {
  if (err instanceof Old) return "old";
  if (err instanceof Trouble || err instanceof SyntaxError) return "trouble";
  return "offline";
}

export interface PhoneRead {
  customer?: Customer;
  type?: string;
  day?: string;
  minutes?: number;
  quantity?: string;
  background?: string;
  near?: boolean;
  sold?: string;
  asks?: Ask[];
}

// readOnServer reads a line as the server does.
export async function readOnServer(line: string, on: string, given: Fields, signal: AbortSignal): Promise<PhoneRead> {
  const q = new URLSearchParams({ line, on, customer: given.customer?.id ?? "", type: given.type ?? "" });
  const answer = await ask("/phone/line?" + q.toString(), { signal });
  if (!answer.ok) throw new Trouble();
  return answer.json() as Promise<PhoneRead>;
}

// findOnServer finds customers among all of the book.
export async function findOnServer(query: string, signal: AbortSignal): Promise<Customer[]> {
  const answer = await ask("/phone/customers?" + new URLSearchParams({ q: query }).toString(), { signal });
  if (!answer.ok) throw new Trouble();
  return answer.json() as Promise<Customer[]>;
}

// refresh fetches what the phone should know.
export async function refresh(): Promise<Known> {
  const answer = await ask("/phone/data");
  if (!answer.ok) throw new Trouble();
  const known = (await answer.json()) as Known;
  await store.keep("known", known);
  return known;
}

// whole says whether fields are all that an entry needs.
export function whole(f: Fields, known: Known): boolean {
  const unit = known.types.find((s) => s.id === f.type)?.unit;
  return Boolean(f.customer && f.type && f.day) && (Boolean(f.minutes) || Boolean(f.quantity) || unit === "flat");
}

interface Result {
  key: string;
  state: "recorded" | "already" | "refused" | "look" | "later";
  problems?: Problem[];
  read?: PhoneRead;
  booked?: Booked;
}

function bodyOf(e: Entry, known: Known): Record<string, unknown> {
  const f = e.fields;
  if (e.line && !whole(f, known)) return { key: e.key, line: e.line, on: e.on, customer: f.customer?.id ?? "", type: f.type ?? "" };
  return {
    key: e.key, customer: f.customer?.id ?? "", type: f.type ?? "", day: f.day ?? "", minutes: f.minutes ?? 0, quantity: f.quantity ?? "",
    background: f.background ?? "",
  };
}

// apply keeps what became of an entry. An answer to an entry that was changed or
// thrown away meanwhile is not lost: what the book has is shown.
function apply(sent: Entry, result: Result, known: Known): Promise<void> {
  return store.change(sent.key, (old) => {
    const has = result.state === "recorded" || result.state === "already";
    if (!old) return has ? { ...sent, state: "booked", problems: [], asks: [], booked: result.booked } : null;
    if (old.edited !== sent.edited) return old;
    if (has) return { ...old, state: "booked", problems: [], asks: [], booked: result.booked };
    if (result.state === "refused") return { ...old, state: "refused", problems: result.problems ?? [], booked: result.booked };
    if (result.state !== "look" || !result.read) return old;
    const { asks = [], near, sold, ...read } = result.read;
    const fields: Fields = { day: old.on, ...read, ...old.fields };
    const clear = asks.length === 0 && !near && !sold && whole(fields, known);
    return { ...old, fields, asks, problems: [], state: clear ? "waiting" : "look" };
  });
}

async function sendEntries(known: Known): Promise<boolean> {
  const tried = new Map<string, number>();
  let fine = true;
  for (;;) {
    const list = (await store.entries()).filter((e) => e.state === "waiting" && (tried.get(e.key) ?? 0) < 3).slice(0, batch);
    if (list.length === 0) return fine;
    const answer = await ask("/phone/sync", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ entries: list.map((e) => bodyOf(e, known)) }),
    });
    if (!answer.ok) throw new Trouble();
    const { results } = (await answer.json()) as { results: Result[] };
    for (const e of list) {
      tried.set(e.key, (tried.get(e.key) ?? 0) + 1);
      const result = results.find((r) => r.key === e.key);
      if (!result || result.state === "later") {
        tried.set(e.key, 3);
        fine = false;
      } else {
        await apply(e, result, known);
      }
    }
  }
}

async function sendPhotos(): Promise<void> {
  for (const e of await store.entries()) {
    if (e.state !== "booked") continue;
    for (const p of e.photos) {
      if (p.sent || p.problem) continue;
      const content = await store.photo(p.id);
      const answer = content && await ask("/phone/photo?" + new URLSearchParams({ key: p.id, entry: e.key }).toString(), { method: "POST", body: content });
      let problem = content ? undefined : t("The photo is not on this phone any more.");
      if (answer?.status === 422 || answer?.status === 413) {
        const said = (await answer.json()) as { problems?: Problem[] };
        problem = said.problems?.[0]?.text ?? String(answer.status);
      } else if (answer && !answer.ok) {
        throw new Trouble();
      }
      await store.change(e.key, (old) => (old ? { ...old, photos: old.photos.map((q) => (q.id === p.id ? { ...q, sent: !problem, problem } : q)) } : null));
    }
  }
}

let running: Promise<Outcome> | null = null;
let again = false;

async function talk(known: Known): Promise<Outcome> {
  try {
    let fine = true;
    do {
      again = false;
      fine = await sendEntries(known);
      await sendPhotos();
    } while (again);
    return fine ? "done" : "trouble";
  } catch (err) {
    return outcomeOf(err);
  } finally {
    running = null;
  }
}

// sync sends what waits, one talk at a time, also beside another tab. Who asks
// during a talk is part of it.
export function sync(known: Known): Promise<Outcome> {
  if (running) again = true;
  else running = (async () => await navigator.locks.request("quid-phone-sync", () => talk(known)))();
  return running;
}
