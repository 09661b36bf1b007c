// A program of another ecosystem, with a client made from the description of the API.
// It fails loudly where an answer is not what the description says.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };

const [, , server = "", key = ""] = process.argv;
const quid = createClient<paths>({ baseUrl: server + "/api/v1", headers: { Authorization: `Bearer ${key}` } });

function want(what: string, holds: boolean, got?: unknown): void {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(got)}`);
}

function sure<T>(what: string, v: T | undefined): T {
  if (v === undefined) throw new Error(`${what}: there is nothing`);
  return v;
}

// Rows come in, one of them wrong.
const rows = ["K1", "K2", "K3"].map((number) => ({ number, name: `Kunde ${number}`, city: "Ulm" }));
const bulk = await quid.POST("/customers:bulk", { body: { rows: [...rows, { number: "K4", name: "Wrong", acquired_on: "2026-11-31" }] } });
const upsert = sure("bulk", bulk.data);
want("three rows are new, one is wrong", upsert.created === 3 && upsert.rejected === 1, upsert);
const outcomes = sure("results", upsert.results).map((r) => r.outcome);
want("the outcomes are in the order of the rows", outcomes.join() === "created,created,created,rejected", outcomes);
want("the wrong cell is named", upsert.results?.[3]?.errors?.[0]?.pointer === "#/rows/3/acquired_on", upsert.results);

// All customers, page by page.
type Customer = components["schemas"]["Customer"];
const customers: Customer[] = [];
let pages = 0;
for (let cursor: string | undefined = ""; cursor !== undefined; pages++) {
  const page: { data?: components["schemas"]["PageCustomer"]; error?: unknown } = await quid.GET("/customers", {
    params: { query: { limit: 2, sort: "name", filter: 'city = "Ulm"', ...(cursor ? { cursor } : {}) } },
  });
  const got = sure("page", page.data);
  customers.push(...got.items);
  cursor = got.next;
}
want("three customers on two pages", pages === 2 && customers.map((c) => c.number).join() === "K1,K2,K3", [pages, customers]);

// One of them, and a change of it.
const id = sure("id", customers[0]?.id);
const one = await quid.GET("/customers/{id}", { params: { path: { id } } });
want("it is the one", one.data?.name === "Kunde K1", one);
const tag = sure("ETag", one.response.headers.get("ETag") ?? undefined);
const change = (size: string) => quid.PATCH("/customers/{id}", { params: { path: { id }, header: { "If-Match": tag } }, body: { size, need: null } });
want("it is changed", (await change("large")).data?.size === "large");
const late = await change("small");
const both = sure("problem of the second", late.error);
want("the second gets both versions", late.response.status === 412 && (both.current as Customer).size === "large" && (both.yours as { size?: string }).size === "small", both);

// A service is booked, and asked for again since the answer got lost.
const book = () =>
  quid.POST("/customers/{id}/services", {
    params: { path: { id }, header: { "Idempotency-Key": "ticket-4711" } },
    body: { type: "hotline", day: new Date().toISOString().slice(0, 10), minutes: "20" },
  });
const first = await book();
const again = await book();
want("booked once", first.response.status === 201 && again.response.status === 200 && first.data?.id === again.data?.id, [first.error, again.error]);
const services = sure("services", (await quid.GET("/customers/{id}/services", { params: { path: { id } } })).data);
want("one service stands", services.items.length === 1, services);
const service = sure("service", services.items[0]?.id);
const back = await quid.POST("/customers/{id}/services/{service}/reversal", {
  params: { path: { id, service }, header: { "Idempotency-Key": "ticket-4711-back" } },
  body: { why: "wrong customer" },
});
want("it is taken back", back.data?.why === "wrong customer", back.error);

// What can't be understood is a problem that names the parameter.
const wrong = await quid.GET("/customers", { params: { query: { filter: "city ~ Ulm" } } });
const problem = sure("problem", wrong.error);
want("the problem names the filter", wrong.response.status === 422 && problem.errors?.[0]?.parameter === "query.filter", problem);

console.log(JSON.stringify({ customers: customers.length, pages, service }));
