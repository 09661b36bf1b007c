// <quid-matrix>: the portfolio as points, up to 100,000 of them, read from a
// binary file; see package web, Matrix, for the format and the attributes.
import { axisLook, base, color, escape, numbers, Picture, seriesColor, type Unit } from "./plot";

interface Axis { label: string; cuts: number[] | null; unit: Unit; log?: boolean }
interface Field { key: string; name: string; strategy: string; col: number; row: number; count: string; sum: string }
interface Words { chosen: string; show: string; failed: string }
interface Model { label: string; currency: string; x: Axis; y: Axis; fields: Field[]; words: Words }

interface Points {
  n: number;
  index: Int32Array;
  x: Float32Array;
  y: Float32Array;
  size: Float32Array;
  segment: Uint8Array;
  flags: Uint8Array;
}

const record = 20, moveRecord = 16;
const hollow = 1; // the bit of flags that says: rests on too little
const estimated = 2; // the bit that says: more than half of the to-side is an estimate
const many = 4_000; // from here on all points are drawn small, and fast
const reach = 12; // how many pixels around the pointer a point is felt
const mostMoves = 1_500; // more arrows than these can't be told apart

export function readPoints(buffer: ArrayBuffer): Points {
  const view = new DataView(buffer), n = Math.floor(buffer.byteLength / record);
  const p: Points = {
    n, index: new Int32Array(n), x: new Float32Array(n), y: new Float32Array(n),
    size: new Float32Array(n), segment: new Uint8Array(n), flags: new Uint8Array(n),
  };
  for (let i = 0, at = 0; i < n; i++, at += record) {
    p.index[i] = view.getInt32(at, true);
    p.x[i] = view.getFloat32(at + 4, true);
    p.y[i] = view.getFloat32(at + 8, true);
    p.size[i] = view.getFloat32(at + 12, true);
    p.segment[i] = view.getUint8(at + 16);
    p.flags[i] = view.getUint8(at + 17);
  }
  return p;
}

// A Scale places values on an axis: as they are, or by their magnitude on both
// sides of zero, since costs of services spread over powers of ten.
class Scale {
  #unit = 1;
  constructor(readonly axis: Axis, values: Float32Array) {
    if (!axis.log) return;
    const sizes = Array.from(values, Math.abs).filter((v) => v > 0).sort((a, b) => a - b);
    this.#unit = sizes[Math.floor(sizes.length / 10)] || 1;
  }
  at(v: number): number { return this.axis.log ? Math.asinh(v / this.#unit) : v; }
  value(at: number): number { return this.axis.log ? Math.sinh(at) * this.#unit : at; }
  // ticks are round values of a magnitude axis; a plain one finds its own.
  ticks(low: number, high: number): number[] | undefined {
    if (!this.axis.log) return undefined;
    const list = [0];
    for (let v = 10 ** Math.ceil(Math.log10(this.#unit)); v <= Math.max(high, -low); v *= 10) {
      if (v <= high) list.push(v);
      if (-v >= low) list.push(-v);
    }
    return list.map((v) => this.at(v));
  }
}

class Matrix extends Picture {
  static observedAttributes = ["src", "moves", "model"];

  #model!: Model;
  #points: Points | null = null;
  #moves: Float32Array | null = null;
  #x!: Scale;
  #y!: Scale;
  #cells = new Map<number, number[]>(); // points by cell of the screen, for the pointer
  #map = { ax: 1, bx: 0, ay: 1, by: 0 }; // from scaled values to pixels
  #tip = document.createElement("div");
  #ring = document.createElement("div");
  #box = document.createElement("div");
  #labels = document.createElement("div");
  #start: [number, number] | null = null;
  #over = -1;
  #asked: AbortController | null = null;
  #known = new Map<number, string>();
  #loading = 0;

  override connectedCallback(): void {
    this.#tip.className = "chart-tip";
    this.#tip.hidden = true;
    this.#ring.className = "chart-ring";
    this.#ring.hidden = true;
    this.#box.className = "chart-brush";
    this.#box.hidden = true;
    this.#labels.className = "chart-fields";
    this.#labels.ariaHidden = "true";
    const frame = this.canvas().parentElement!;
    frame.append(this.#labels, this.#box, this.#ring, this.#tip);
    super.connectedCallback();
    this.chart?.on("finished", () => {
      if (this.#points) this.dataset["drawn"] ??= String(Math.round(performance.now()));
    });
    frame.addEventListener("pointermove", this.#move);
    frame.addEventListener("pointerdown", this.#down);
    frame.addEventListener("pointerup", this.#up);
    frame.addEventListener("pointerleave", this.#leave);
    frame.addEventListener("pointercancel", this.#leave);
    document.addEventListener("keydown", this.#key);
    void this.#load();
  }

  override disconnectedCallback(): void {
    document.removeEventListener("keydown", this.#key);
    this.#asked?.abort();
    super.disconnectedCallback();
  }

  attributeChangedCallback(name: string, old: string | null, now: string | null): void {
    if (!this.chart || old === now) return;
    if (name === "model") this.draw();
    else void this.#load();
  }

  // load fetches points and moves; of several at once the last one counts.
  async #load(): Promise<void> {
    const turn = ++this.#loading;
    this.ariaBusy = "true";
    try {
      const [points, moves] = await Promise.all([fetchBytes(this.getAttribute("src")), fetchBytes(this.getAttribute("moves"))]);
      if (turn !== this.#loading) return;
      this.#points = readPoints(points ?? new ArrayBuffer(0));
      this.#moves = moves ? new Float32Array(moves, 0, Math.floor(moves.byteLength / moveRecord) * 4) : null;
      this.#known.clear();
      this.draw();
      this.dataset["points"] = String(this.#points.n);
    } catch {
      if (turn === this.#loading) this.#note().textContent = this.#model.words.failed;
    } finally {
      if (turn === this.#loading) this.ariaBusy = "false";
    }
  }

  protected draw(): void {
    this.#model = JSON.parse(this.getAttribute("model") ?? "{}") as Model;
    const p = this.#points;
    if (!p || !this.chart) return;
    const m = this.#model;
    this.#x = new Scale(m.x, p.x);
    this.#y = new Scale(m.y, p.y);
    this.#unselect();
    this.chart.setOption({
      ...base(),
      animation: false,
      tooltip: { show: false },
      grid: { left: 26, right: 20, top: 12, bottom: 26, containLabel: true },
      xAxis: this.#axis(this.#x, p.x, true),
      yAxis: this.#axis(this.#y, p.y, false),
      series: [...this.#scatter(p), ...this.#arrows(), this.#cutLines()],
    }, { notMerge: true });
    // The title of the vertical axis stands at the edge, however wide the labels are.
    this.chart.setOption({ yAxis: { nameGap: Math.max(24, this.#gridRect().left - 18) } });
    this.resized();
  }

  #axis(scale: Scale, values: Float32Array, across: boolean): Record<string, unknown> {
    const look = axisLook(), say = numbers(scale.axis.unit, this.#model.currency);
    let low = 0, high = 0;
    for (const v of values) {
      if (v < low) low = v;
      if (v > high) high = v;
    }
    for (const v of scale.axis.cuts ?? []) {
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
    const customValues = scale.ticks(low, high);
    return {
      type: "value", scale: false, name: scale.axis.label, nameLocation: "middle", nameGap: across ? 26 : 36,
      ...look, splitLine: { show: false },
      ...(scale.axis.log ? { min: scale.at(low), max: scale.at(high || 1) * 1.03 } : {}),
      axisTick: { show: Boolean(customValues), customValues },
      axisLabel: { ...(look["axisLabel"] as object), customValues, formatter: (at: number) => say.short(scale.axis.log ? Number(scale.value(at).toPrecision(3)) : at) },
    };
  }

  // scatter makes one series per field and per kind of point.
  #scatter(p: Points): Record<string, unknown>[] {
    const crowd = p.n > many;
    let largest = 0;
    for (const s of p.size) largest = Math.max(largest, Math.abs(s));
    const groups = new Map<string, { field: number; hollow: boolean; estimated: boolean; at: number[] }>();
    for (let i = 0; i < p.n; i++) {
      const flags = p.flags[i]!, key = `${p.segment[i]} ${flags & (hollow | estimated)}`;
      let g = groups.get(key);
      if (!g) groups.set(key, (g = { field: p.segment[i]!, hollow: (flags & hollow) !== 0, estimated: (flags & estimated) !== 0, at: [] }));
      g.at.push(i);
    }
    return [...groups.values()].map((g) => {
      const tint = seriesColor(this.#model.fields[g.field]?.key ?? "muted", g.field);
      const edge = { borderColor: tint, borderWidth: 1.2, borderType: g.estimated ? "dashed" : "solid" };
      const fill = g.hollow ? { color: "transparent", ...edge } : g.estimated ? { color: tint.replace(/[^,]+\)$/, "0.22)"), ...edge } : { color: tint, opacity: 0.7 };
      const common = { type: "scatter", silent: true, z: 2, itemStyle: fill };
      if (!crowd) {
        const data = g.at.map((i) => ({
          value: [this.#x.at(p.x[i]!), this.#y.at(p.y[i]!)],
          symbolSize: 5 + 17 * Math.sqrt(Math.abs(p.size[i]!) / (largest || 1)),
        }));
        return { ...common, data };
      }
      const data = new Float32Array(g.at.length * 2);
      g.at.forEach((i, k) => {
        data[2 * k] = this.#x.at(p.x[i]!);
        data[2 * k + 1] = this.#y.at(p.y[i]!);
      });
      return { ...common, itemStyle: { color: tint, opacity: g.hollow || g.estimated ? 0.3 : 0.6 }, large: true, largeThreshold: 0, progressive: 0, symbolSize: 3, dimensions: ["x", "y"], data };
    });
  }

  // arrows draws the longest moves since an earlier valuation.
  #arrows(): Record<string, unknown>[] {
    const m = this.#moves;
    if (!m || m.length === 0) return [];
    const list = [];
    for (let i = 0; i + 3 < m.length; i += 4) {
      const from = [this.#x.at(m[i]!), this.#y.at(m[i + 1]!)], to = [this.#x.at(m[i + 2]!), this.#y.at(m[i + 3]!)];
      list.push({ coords: [from, to], far: Math.hypot(to[0]! - from[0]!, to[1]! - from[1]!) });
    }
    list.sort((a, b) => b.far - a.far);
    return [{
      type: "lines", coordinateSystem: "cartesian2d", silent: true, z: 3, symbol: ["none", "arrow"], symbolSize: 6,
      lineStyle: { color: color("--foreground", 0.55), width: 1 }, data: list.slice(0, mostMoves).filter((l) => l.far > 0),
    }];
  }

  #cutLines(): Record<string, unknown> {
    const line = (v: number, across: boolean): Record<string, number> => (across ? { xAxis: this.#x.at(v) } : { yAxis: this.#y.at(v) });
    return {
      type: "scatter", data: [], silent: true,
      markLine: {
        silent: true, symbol: "none", label: { show: false }, animation: false, lineStyle: { type: "dashed", width: 1, color: color("--foreground") },
        data: [...(this.#model.x.cuts ?? []).map((v) => line(v, true)), ...(this.#model.y.cuts ?? []).map((v) => line(v, false))],
      },
    };
  }

  // resized learns where values lie on the screen, files the points by cell, and
  // writes the names of the fields into their corners.
  protected override resized(): void {
    const p = this.#points, chart = this.chart;
    if (!p || !chart || !this.#x) return;
    const a = chart.convertToPixel({ gridIndex: 0 }, [0, 0]), b = chart.convertToPixel({ gridIndex: 0 }, [1, 1]);
    if (!a || !b) return;
    this.#map = { ax: b[0]! - a[0]!, bx: a[0]!, ay: b[1]! - a[1]!, by: a[1]! };
    this.#cells.clear();
    for (let i = 0; i < p.n; i++) {
      const [px, py] = this.#pixel(i);
      const cell = cellOf(px, py);
      const list = this.#cells.get(cell);
      if (list) list.push(i);
      else this.#cells.set(cell, [i]);
    }
    this.#label();
  }

  #pixel(i: number): [number, number] {
    const p = this.#points!, m = this.#map;
    return [m.ax * this.#x.at(p.x[i]!) + m.bx, m.ay * this.#y.at(p.y[i]!) + m.by];
  }

  #label(): void {
    const m = this.#model, map = this.#map;
    const rect = this.#gridRect();
    const xs = [rect.left, ...(m.x.cuts ?? []).map((v) => map.ax * this.#x.at(v) + map.bx), rect.right];
    const ys = [rect.bottom, ...(m.y.cuts ?? []).map((v) => map.ay * this.#y.at(v) + map.by), rect.top];
    this.#labels.replaceChildren(...m.fields.flatMap((f) => {
      const left = xs[f.col], right = xs[f.col + 1], low = ys[f.row], high = ys[f.row + 1];
      if (left === undefined || right === undefined || low === undefined || high === undefined) return [];
      const box = document.createElement("div");
      box.dataset["segment"] = f.key;
      box.innerHTML = `<b>${escape(f.name)}</b> <span>${escape(f.count)}</span><i>${escape(f.sum)}</i><p>${escape(f.strategy)}</p>`;
      const wide = right - left, tall = low - high;
      box.style.maxWidth = `${Math.max(70, Math.min(wide - 12, 230))}px`;
      box.classList.toggle("chart-field-small", wide < 190 || tall < 90);
      if (f.col === xs.length - 2 && f.col > 0) {
        box.style.right = `${this.canvas().clientWidth - right + 6}px`;
        box.style.textAlign = "end";
      } else {
        box.style.left = `${left + 6}px`;
      }
      if (f.row === 0) box.style.bottom = `${this.canvas().clientHeight - low + 6}px`;
      else box.style.top = `${high + 6}px`;
      return [box];
    }));
  }

  #gridRect(): { left: number; right: number; top: number; bottom: number } {
    const model = (this.chart as unknown as { getModel(): { getComponent(n: string): { coordinateSystem: { getRect(): { x: number; y: number; width: number; height: number } } } } }).getModel();
    const r = model.getComponent("grid").coordinateSystem.getRect();
    return { left: r.x, right: r.x + r.width, top: r.y, bottom: r.y + r.height };
  }

  // near is the point closest to a place on the screen, or -1.
  #near(px: number, py: number): number {
    let best = -1, least = reach * reach;
    for (let dx = -1; dx <= 1; dx++) {
      for (let dy = -1; dy <= 1; dy++) {
        for (const i of this.#cells.get(cellOf(px + dx * cellSize, py + dy * cellSize)) ?? []) {
          const [x, y] = this.#pixel(i), far = (x - px) ** 2 + (y - py) ** 2;
          if (far < least) [best, least] = [i, far];
        }
      }
    }
    return best;
  }

  #place(e: PointerEvent): [number, number] {
    const r = this.canvas().getBoundingClientRect();
    return [e.clientX - r.left, e.clientY - r.top];
  }

  #move = (e: PointerEvent): void => {
    const [x, y] = this.#place(e);
    if (this.#start && e.pointerType !== "touch") {
      const [x0, y0] = this.#start;
      if (!this.#box.hidden || Math.hypot(x - x0, y - y0) > 5) {
        this.#hover(-1);
        Object.assign(this.#box.style, { left: `${Math.min(x, x0)}px`, top: `${Math.min(y, y0)}px`, width: `${Math.abs(x - x0)}px`, height: `${Math.abs(y - y0)}px` });
        this.#box.hidden = false;
        return;
      }
    }
    this.#hover(this.#near(x, y));
  };

  #down = (e: PointerEvent): void => {
    if (e.button !== 0 || !this.#points) return;
    this.#unselect();
    this.#start = this.#place(e);
    // A finger scrolls the page; a mouse that leaves the picture goes on choosing.
    if (e.pointerType !== "touch") this.canvas().parentElement!.setPointerCapture(e.pointerId);
  };

  #up = (e: PointerEvent): void => {
    const start = this.#start;
    this.#start = null;
    if (!start || !this.#points) return;
    const [x, y] = this.#place(e);
    if (!this.#box.hidden) {
      this.#select(start, [x, y]);
      return;
    }
    const i = this.#near(x, y), open = this.getAttribute("open-at");
    if (i < 0 || !open) return;
    // On a touch screen the first tap shows who it is, the second one opens.
    if (e.pointerType === "touch" && this.#over !== i) {
      this.#hover(i);
      return;
    }
    location.assign(open + String(this.#points.index[i]));
  };

  #leave = (): void => {
    if (!this.#start) this.#hover(-1);
  };

  #key = (e: KeyboardEvent): void => {
    if (e.key !== "Escape") return;
    this.#start = null;
    this.#unselect();
    this.#hover(-1);
  };

  #hover(i: number): void {
    if (i === this.#over) return;
    this.#over = i;
    this.#asked?.abort();
    this.#tip.hidden = this.#ring.hidden = true;
    this.canvas().style.cursor = i < 0 ? "default" : "pointer";
    if (i < 0) return;
    const [x, y] = this.#pixel(i);
    this.#ring.style.translate = `${x - 8}px ${y - 8}px`;
    this.#ring.hidden = false;
    void this.#tell(i, x, y);
  }

  // tell shows who the point is, as the server words it.
  async #tell(i: number, x: number, y: number): Promise<void> {
    const at = this.getAttribute("point-at"), index = this.#points!.index[i]!;
    if (!at) return;
    const asked = (this.#asked = new AbortController());
    try {
      let text = this.#known.get(index);
      if (text === undefined) {
        await new Promise((go) => setTimeout(go, 60));
        if (asked.signal.aborted) return;
        const answer = await fetch(at + String(index), { signal: asked.signal, headers: { "HX-Request": "true" } });
        if (!answer.ok) return;
        text = await answer.text();
        this.#known.set(index, text);
      }
      if (this.#over !== i) return;
      this.#tip.innerHTML = text;
      this.#tip.hidden = false;
      const wide = this.canvas().clientWidth, right = x + 14 + this.#tip.offsetWidth < wide;
      const left = right ? x + 14 : Math.max(0, x - 14 - this.#tip.offsetWidth);
      this.#tip.style.translate = `${left}px ${Math.max(0, Math.min(y + 10, this.canvas().clientHeight - this.#tip.offsetHeight))}px`;
    } catch {
      // The pointer has moved on, or the server is away: there is no tip then.
    }
  }

  #note(): HTMLElement {
    return this.querySelector<HTMLElement>(".chart-note")!;
  }

  #unselect(): void {
    this.#box.hidden = true;
    this.#note().replaceChildren();
  }

  // select tells how many points lie in the box, leads to them as a list, and
  // dispatches their indices.
  #select(a: [number, number], b: [number, number]): void {
    const p = this.#points!, m = this.#map;
    const left = Math.min(a[0], b[0]), right = Math.max(a[0], b[0]), high = Math.min(a[1], b[1]), low = Math.max(a[1], b[1]);
    const indices: number[] = [];
    for (let i = 0; i < p.n; i++) {
      const [x, y] = this.#pixel(i);
      if (x >= left && x <= right && y >= high && y <= low) indices.push(p.index[i]!);
    }
    const range = {
      x0: this.#x.value((left - m.bx) / m.ax), x1: this.#x.value((right - m.bx) / m.ax),
      y0: this.#y.value((low - m.by) / m.ay), y1: this.#y.value((high - m.by) / m.ay),
    };
    const text = document.createElement("span");
    text.textContent = this.#model.words.chosen.replace("{n}", new Intl.NumberFormat(document.documentElement.lang).format(indices.length));
    this.#note().replaceChildren(text);
    const list = this.getAttribute("list-at");
    if (list && indices.length > 0) {
      const link = document.createElement("a");
      const url = new URL(list, location.href);
      for (const [k, v] of Object.entries(range)) url.searchParams.set(k, String(Number(v.toPrecision(8))));
      link.href = url.pathname + url.search;
      link.textContent = this.#model.words.show;
      this.#note().append(link);
    }
    this.dispatchEvent(new CustomEvent("quid-select", { bubbles: true, detail: { indices, ...range } }));
  }
}

const cellSize = 16;

function cellOf(px: number, py: number): number {
  return Math.floor(px / cellSize) * 65_536 + Math.floor(py / cellSize);
}

async function fetchBytes(url: string | null): Promise<ArrayBuffer | null> {
  if (!url) return null;
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.arrayBuffer();
}

customElements.define("quid-matrix", Matrix);
