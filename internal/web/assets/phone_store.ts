// What the phone keeps, in IndexedDB: entries until the book has them, photos,
// the customers and services it knows, and what is being typed. A write has
// happened when its promise is fulfilled, also if the phone dies right after.

export interface Customer {
  id: string;
  name: string;
  number?: string;
  city?: string;
}

export interface Service {
  id: string;
  code: string;
  de: string;
  en: string;
  unit: "minutes" | "hours" | "pieces" | "flat";
  step?: number;
  words?: string;
}

// Known is what the server said last.
export interface Known {
  today: string;
  customers: Customer[];
  served: number;
  whole: boolean;
  types: Service[];
}

// Fields are what is known of an entry. customer is kept with its name, so that an
// entry can be shown although the customer isn't known here any more.
export interface Fields {
  customer?: Customer | undefined;
  type?: string | undefined;
  day?: string | undefined;
  minutes?: number | undefined;
  quantity?: string | undefined;
  background?: string | undefined;
}

export interface Problem {
  field: string;
  text: string;
}

export interface Ask {
  as: "customer" | "type" | "minutes" | "day";
  text: string;
  customers?: Customer[];
  types?: string[];
  minutes?: number[];
  days?: string[];
  more?: number;
}

// Booked is an entry as the book has it.
export interface Booked {
  entry: string;
  customer: Customer;
  type: string;
  day: string;
  minutes: number;
  quantity: string;
  background: string;
}

export interface Photo {
  id: string;
  problem?: string | undefined; // why the book didn't take it
  sent?: boolean;
}

// waiting: to be sent. look: somebody must look at it, with what was understood of
// its line. refused: the book didn't take it. booked: the book has it, but perhaps
// not its photos yet.
export type State = "waiting" | "look" | "refused" | "booked";

export interface Entry {
  key: string; // made here, so that a retry never doubles it
  made: number; // milliseconds
  edited: number; // counts changes: an answer to an older one doesn't hold
  line: string; // as written, until it was understood
  on: string; // the day it was written
  fields: Fields;
  state: State;
  problems: Problem[];
  asks: Ask[];
  photos: Photo[];
  booked?: Booked | undefined;
}

// Draft is what is being typed.
export interface Draft {
  key: string;
  line: string;
  hand: Fields; // what was chosen by hand: stronger than the line
  photos: Photo[];
  edits?: string | undefined; // the entry that it changes
}

const name = "quid-phone";
const stores = ["entries", "photos", "kept"] as const;
type StoreName = (typeof stores)[number];

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((done, fail) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("entries", { keyPath: "key" });
      request.result.createObjectStore("photos");
      request.result.createObjectStore("kept");
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  return opened;
}

// within runs fn in one transaction and waits until it is kept.
async function within<T>(mode: IDBTransactionMode, names: StoreName[], fn: (at: (n: StoreName) => IDBObjectStore) => Promise<T> | T): Promise<T> {
  const db = await open();
  const tx = db.transaction(names, mode, { durability: "strict" });
  const ended = new Promise<void>((done, fail) => {
    tx.oncomplete = () => done();
    tx.onabort = () => fail(tx.error);
    tx.onerror = () => fail(tx.error);
  });
  const result = await fn((n) => tx.objectStore(n));
  await ended;
  return result;
}

function got<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}

export function entries(): Promise<Entry[]> {
  return within("readonly", ["entries"], async (at) => {
    const all = await got<Entry[]>(at("entries").getAll());
    return all.sort((a, b) => a.made - b.made);
  });
}

export function entry(key: string): Promise<Entry | undefined> {
  return within("readonly", ["entries"], (at) => got<Entry | undefined>(at("entries").get(key)));
}

// mostBooked is how many entries that the book has are still shown.
const mostBooked = 30;

// change reads an entry, lets fn change it and keeps it, in one step. fn returns
// null to forget the entry with its photos.
export function change(key: string, fn: (old: Entry | undefined) => Entry | null): Promise<void> {
  return within("readwrite", ["entries", "photos"], async (at) => {
    const old = await got<Entry | undefined>(at("entries").get(key));
    const fresh = fn(old);
    if (fresh) at("entries").put(fresh);
    else at("entries").delete(key);
    for (const p of old?.photos ?? []) {
      if (!fresh || !fresh.photos.some((q) => q.id === p.id && !q.sent)) at("photos").delete(p.id);
    }
    if (fresh?.state !== "booked") return;
    const done = (await got<Entry[]>(at("entries").getAll())).filter(settled).sort((a, b) => b.made - a.made);
    for (const e of done.slice(mostBooked)) at("entries").delete(e.key);
  });
}

// settled says whether the book has all of an entry.
export function settled(e: Entry): boolean {
  return e.state === "booked" && e.photos.every((p) => p.sent);
}

// book keeps what was typed as an entry, and the draft is empty: in one step, so
// that a phone that dies has it once.
export function book(e: Entry, draft: Draft): Promise<void> {
  return within("readwrite", ["entries", "kept"], (at) => {
    at("entries").put(e);
    at("kept").put(draft, "draft");
  });
}

export function putPhoto(id: string, content: Blob): Promise<void> {
  return within("readwrite", ["photos"], (at) => void at("photos").put(content, id));
}

export function photo(id: string): Promise<Blob | undefined> {
  return within("readonly", ["photos"], (at) => got<Blob | undefined>(at("photos").get(id)));
}

export function dropPhoto(id: string): Promise<void> {
  return within("readwrite", ["photos"], (at) => void at("photos").delete(id));
}

export function keep(what: "known" | "draft" | "mine", value: unknown): Promise<void> {
  return within("readwrite", ["kept"], (at) => void at("kept").put(value, what));
}

export function kept<T>(what: "known" | "draft" | "mine"): Promise<T | undefined> {
  return within("readonly", ["kept"], (at) => got<T | undefined>(at("kept").get(what)));
}

// rekey puts an entry in the place of another one, whose photos it takes over.
export function rekey(old: string, fresh: Entry): Promise<void> {
  return within("readwrite", ["entries"], (at) => {
    at("entries").delete(old);
    at("entries").put(fresh);
  });
}

// sweep forgets photos that nothing names any more.
export function sweep(draft: Draft): Promise<void> {
  return within("readwrite", ["entries", "photos"], async (at) => {
    const named = new Set(draft.photos.map((p) => p.id));
    for (const e of await got<Entry[]>(at("entries").getAll())) e.photos.forEach((p) => named.add(p.id));
    for (const id of await got<IDBValidKey[]>(at("photos").getAllKeys())) {
      if (!named.has(String(id))) at("photos").delete(id);
    }
  });
}
