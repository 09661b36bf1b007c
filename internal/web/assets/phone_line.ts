// A line is read on the phone while there is no network: how long it took, who it
// was for and what it was, among the customers and services that the phone knows.
// The server reads lines better (internal/capture); what isn't certain here is
// left to it.

import { fold } from "./fold";
import type { Ask, Customer, Fields, Known, Service } from "./phone_store";

// Read is what was understood of a line.
export interface Read extends Fields {
  asks: Ask[];
  near?: boolean;
  sold?: string;
}

const unitWords: Record<string, number> = {
  m: 1, min: 1, mins: 1, minute: 1, minuten: 1, minutes: 1,
  h: 60, std: 60, stunde: 60, stunden: 60, hour: 60, hours: 60,
};

const dayWords: Record<string, number> = { heute: 0, today: 0, gestern: 1, yesterday: 1, vorgestern: 2 };

// People of ours, as internal/capture knows them: what they spent together counts.
const peopleWords = new Set("leute leuten mann personen person pers kollegen kolleginnen techniker monteure mitarbeiter people persons colleagues technicians engineers".split(" "));
const together: Record<string, number> = { zweit: 2, dritt: 3, viert: 4, fuenft: 5, sechst: 6 };

// Words that stand before a name and say nothing.
const small = new Set(["bei", "fuer", "an", "von", "mit", "zu", "for", "at", "with", "to", "from", "firma", "herr", "frau", "kunde"]);

const mostChoices = 6;

// dayBefore is the day n days before a day such as 2026-12-31.
export function dayBefore(today: string, n: number): string {
  const d = new Date(today + "T12:00:00Z");
  d.setUTCDate(d.getUTCDate() - n);
  return d.toISOString().slice(0, 10);
}

// duration reads 20m, 1,5h, 1h30 and 1:30h, or a number with a unit behind it, and
// says how many words it takes.
function duration(words: string[], i: number): { minutes: number; words: number } | null {
  const word = words[i] ?? "";
  const both = /^(\d{1,3})(?:h|std)(\d{1,2})(?:m|min)?$/.exec(word) ?? /^(\d{1,3}):([0-5]\d)(?:h|std)$/.exec(word);
  if (both) return { minutes: Number(both[1]) * 60 + Number(both[2]), words: 1 };
  const one = /^(\d{1,4}(?:[.,]\d{1,2})?)([a-z]*)$/.exec(word);
  if (!one) return null;
  const unit = unitWords[one[2] || (words[i + 1] ?? "")];
  if (!unit) return null;
  return { minutes: Math.round(Number(one[1]!.replace(",", ".")) * unit), words: one[2] ? 1 : 2 };
}

// people reads "2 leute" and "zu zweit" in the two words at i.
function people(words: string[], i: number): number {
  const next = words[i + 1] ?? "";
  if (words[i] === "zu") return together[next] ?? 0;
  return /^[1-9]\d?$/.test(words[i]!) && peopleWords.has(next) ? Number(words[i]) : 0;
}

function wordsOf(s: Service): Set<string> {
  return new Set(fold([s.code, s.de, s.en, s.words ?? ""].join(" ")).split(/[^a-z0-9]+/).filter((w) => w.length > 2));
}

// named are the customers that some words in a row name, those that say it exactly
// if there are any.
function named(customers: Customer[], words: string[]): Customer[] {
  const fits = customers.filter((c) => {
    const parts = fold(c.name).split(/[^a-z0-9]+/);
    return words.every((w) => parts.some((p) => p.startsWith(w)) || fold(c.number ?? "") === w);
  });
  const whole = fits.filter((c) => {
    const parts = fold(c.name).split(/[^a-z0-9]+/);
    return words.every((w) => parts.includes(w) || fold(c.number ?? "") === w);
  });
  return whole.length > 0 ? whole : fits;
}

// readLine reads a line that is written on a day.
export function readLine(line: string, known: Known, today: string): Read {
  const plain = line.trim().split(/\s+/);
  const words = plain.map((w) => fold(w).replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, ""));
  const used = words.map(() => false);
  const read: Read = { asks: [] };

  const times: number[] = [];
  for (let i = 0; i < words.length; i++) {
    const d = duration(words, i);
    if (!d || d.minutes <= 0) continue;
    times.push(d.minutes);
    for (let k = 0; k < d.words; k++) used[i + k] = true;
    i += d.words - 1;
  }
  let ours = 1;
  for (let i = 0; i + 1 < words.length; i++) {
    const n = used[i] || used[i + 1] ? 0 : people(words, i);
    if (n === 0) continue;
    ours = n;
    used[i] = used[i + 1] = true;
    break;
  }
  if (times.length === 1) read.minutes = times[0]! * ours;
  else if (times.length > 1) read.asks.push({ as: "minutes", text: "", minutes: times });

  words.forEach((w, i) => {
    const back = dayWords[w];
    if (used[i] || back === undefined || read.day) return;
    read.day = dayBefore(today, back);
    used[i] = true;
  });

  for (let i = 0; i < words.length; i++) {
    const w = words[i]!;
    if (used[i] || w.length < 3) continue;
    const fits = known.types.filter((t) => wordsOf(t).has(w));
    if (fits.length === 0) continue;
    used[i] = true;
    if (fits.length === 1) read.type = fits[0]!.id;
    else read.asks.push({ as: "type", text: plain[i]!, types: fits.slice(0, mostChoices).map((t) => t.id) });
    break;
  }

  for (let i = 0; i < words.length && i < 8; i++) {
    const w = words[i]!;
    if (used[i] || w.length < 3 || small.has(w)) continue;
    let fits = named(known.customers, [w]);
    if (fits.length === 0) continue;
    let end = i + 1;
    while (fits.length > 1 && end < words.length && !used[end] && words[end]) {
      const fewer = named(fits, words.slice(i, end + 1));
      if (fewer.length === 0) break;
      fits = fewer;
      end++;
    }
    for (let k = i; k < end; k++) used[k] = true;
    if (i > 0 && small.has(words[i - 1]!)) used[i - 1] = true;
    if (fits.length === 1) read.customer = fits[0];
    else read.asks.push({ as: "customer", text: plain.slice(i, end).join(" "), customers: fits.slice(0, mostChoices), more: Math.max(0, fits.length - mostChoices) });
    break;
  }
  const rest = plain.filter((_, i) => !used[i]).join(" ");
  if (rest) read.background = rest;
  return read;
}

// search finds customers by words of their names, numbers or cities.
export function search(query: string, customers: Customer[], most: number): Customer[] {
  const words = fold(query).split(/[^a-z0-9]+/).filter(Boolean);
  if (words.length === 0) return [];
  const found: Customer[] = [];
  for (const c of customers) {
    const text = " " + fold(`${c.name} ${c.number ?? ""} ${c.city ?? ""}`).replace(/[^a-z0-9]+/g, " ");
    if (words.every((w) => text.includes(" " + w)) && found.push(c) === most) break;
  }
  return found;
}
