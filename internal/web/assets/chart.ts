// <quid-chart>: a chart of the figures in its <script type="application/json">.
// The same figures stand below it as a table. Value axes start at zero.
import { axisLook, base, color, escape, numbers, Picture, seriesColor, type Unit } from "./plot";

interface Series {
  name: string;
  values?: (number | null)[];
  points?: [number, number][];
  totals?: boolean[];
  color?: string;
  estimated?: boolean;
}

interface Data {
  kind: "bar" | "stack" | "line" | "step" | "waterfall" | "lorenz" | "whale";
  unit: Unit;
  currency: string;
  x?: string;
  y?: string;
  categories?: string[];
  series: Series[];
  equal?: string; // what the line of equal shares is called
}

interface TipItem {
  seriesName?: string;
  name?: string;
  marker?: string;
  dataIndex: number;
  value: unknown;
}

type Options = Record<string, unknown>;

const narrow = 1_110; // pixels: fourteen names of fourteen letters fit from here on

class Chart extends Picture {
  #narrow = false;

  // A waterfall has many names to place: on a narrow screen they lean.
  protected override resized(): void {
    if (this.#narrow !== this.canvas().clientWidth < narrow) this.draw();
  }

  protected draw(): void {
    this.#narrow = this.canvas().clientWidth < narrow;
    const data = JSON.parse(this.querySelector("script[type='application/json']")?.textContent ?? "{}") as Data;
    data.series ??= []; // nothing to draw is still a chart
    const options = data.kind === "lorenz" || data.kind === "whale" ? curve(data) : columns(data, this.#narrow);
    this.chart?.setOption({ ...base(), ...options }, { notMerge: true });
  }
}

function grid(data: Data, legend: boolean): Options {
  return { left: data.y ? 26 : 8, right: 16, top: legend ? 32 : 16, bottom: data.x ? 24 : 4, containLabel: true };
}

function yName(data: Data): Options {
  return { name: data.y, nameLocation: "middle", nameGap: 46 };
}

function legendOf(data: Data): Options {
  return { show: data.series.length > 1, top: 0, left: 0, itemWidth: 12, itemHeight: 8, icon: "roundRect", textStyle: { color: color("--foreground") } };
}

// columns draws bars, stacks, lines, steps and the waterfall over categories.
function columns(data: Data, tight: boolean): Options {
  const say = numbers(data.unit, data.currency);
  const look = axisLook();
  return {
    grid: grid(data, data.series.length > 1),
    legend: legendOf(data),
    tooltip: { ...(base()["tooltip"] as Options), trigger: "axis", axisPointer: { type: data.kind === "line" || data.kind === "step" ? "line" : "shadow" }, formatter: (items: TipItem[]) => tip(data, items, say.whole) },
    xAxis: { type: "category", data: data.categories, name: data.x, nameLocation: "middle", nameGap: 26, ...look, splitLine: { show: false }, axisLabel: { ...(look["axisLabel"] as Options), ...(data.kind === "waterfall" ? { interval: 0, hideOverlap: false, fontSize: 10, rotate: tight ? 45 : 0 } : {}) } },
    yAxis: { type: "value", scale: false, ...yName(data), ...look, axisLine: { show: false }, axisLabel: { ...(look["axisLabel"] as Options), formatter: say.short } },
    series: data.kind === "waterfall" ? [waterfall(data)] : data.series.map((s, i) => column(data, s, i)),
  };
}

function column(data: Data, s: Series, n: number): Options {
  const tint = seriesColor(s.color ?? "", n);
  if (data.kind === "line" || data.kind === "step") {
    return { type: "line", name: s.name, data: s.values, step: data.kind === "step" ? "end" : undefined, showSymbol: data.kind === "line" && (s.values?.length ?? 0) <= 24, symbolSize: 6, connectNulls: false, color: tint, lineStyle: { width: 2, type: s.estimated ? "dashed" : "solid" } };
  }
  return {
    type: "bar", name: s.name, data: s.values, barMaxWidth: 40, color: tint,
    stack: data.kind === "stack" ? "all" : undefined,
    itemStyle: { borderRadius: data.kind === "stack" ? 0 : [2, 2, 0, 0], ...(s.estimated ? hatched(tint) : {}) },
  };
}

// hatched is the look of what is estimated: pale, with stripes and a dashed edge.
function hatched(tint: string): Options {
  return {
    color: tint.replace(/[^,]+\)$/, "0.18)"), borderColor: tint, borderWidth: 1, borderType: "dashed",
    decal: { symbol: "rect", color: tint, dashArrayX: [1, 0], dashArrayY: [1.5, 4], rotation: -Math.PI / 4 },
  };
}

// steps turns the values of a waterfall into bars from a start to an end: a
// total begins at zero, anything else where the one before ended.
// Behind an unknown step the level is unknown until the next known total: there
// is no bar.
export function steps(s: Series): { from: number; to: number; total: boolean; known: boolean }[] {
  let level: number | null = 0;
  return (s.values ?? []).map((v, i) => {
    const total = s.totals?.[i] ?? false;
    const from: number | null = total ? 0 : level;
    level = v == null || from == null ? null : from + v;
    return { from: level == null ? 0 : from ?? 0, to: level ?? 0, total, known: level != null };
  });
}

interface Api {
  value(dimension: number): number;
  coord(at: [number, number]): [number, number];
  size(of: [number, number]): [number, number];
}

function waterfall(data: Data): Options {
  const series = data.series[0] ?? { name: "" };
  const bars = steps(series);
  const up = color("--good"), down = color("--bad"), sum = color("--primary"), join = color("--muted-foreground", 0.6);
  const say = numbers(data.unit, data.currency);
  const ink = color("--foreground");
  return {
    type: "custom",
    name: series.name,
    encode: { x: 0, y: [1, 2] },
    data: bars.map((b, i) => [i, b.from, b.to]),
    renderItem: (_: unknown, api: Api) => {
      const i = api.value(0), bar = bars[i]!;
      const [x, y0] = api.coord([i, bar.from]), [, y1] = api.coord([i, bar.to]);
      const wide = Math.min(api.size([1, 0])[0] * 0.62, 64);
      const next = i + 1 < bars.length ? api.coord([i + 1, bar.to])[0] - wide / 2 : x;
      const value = series.values?.[i];
      const roomy = api.size([1, 0])[0] >= 72; // a whole number fits
      const below = bar.to < bar.from; // so that it doesn't meet its neighbour's
      return {
        type: "group",
        children: [
          ...(bar.known ? [{ type: "rect", shape: { x: x - wide / 2, y: Math.min(y0, y1), width: wide, height: Math.max(1, Math.abs(y0 - y1)), r: 2 }, style: { fill: bar.total ? sum : bar.to >= bar.from ? up : down } }] : []),
          ...(bar.known && (bars[i + 1]?.known ?? true) ? [{ type: "line", shape: { x1: x + wide / 2, y1, x2: next, y2: y1 }, style: { stroke: join, lineDash: [3, 3] } }] : []),
          { type: "text", style: { text: api.size([1, 0])[0] < 42 ? "" : value == null ? "–" : (roomy ? say.whole : say.short)(value), x, y: below ? Math.max(y0, y1) + 3 : Math.min(y0, y1) - 3, align: "center", verticalAlign: below ? "top" : "bottom", fill: ink, fontSize: 11 } },
        ],
      };
    },
  };
}

function tip(data: Data, items: TipItem[], write: (x: number) => string): string {
  const first = items[0];
  if (!first) return "";
  const lines = items.map((item) => {
    const series = data.series.find((s) => s.name === item.seriesName);
    const value = series?.values?.[item.dataIndex];
    return `${item.marker ?? ""}${escape(item.seriesName ?? "")} <b>${value == null ? "–" : write(value)}</b>`;
  });
  return [`<b>${escape(first.name ?? "")}</b>`, ...lines].join("<br>");
}

// curve draws shares against shares: the Lorenz curve under the line of equal
// shares, or the whale curve, whose top is marked.
function curve(data: Data): Options {
  const say = numbers("percent", data.currency);
  const look = axisLook();
  const series: Options[] = data.series.map((s, i) => ({
    type: "line", name: s.name, data: s.points, showSymbol: false, color: seriesColor(s.color ?? "", i), lineStyle: { width: 2 },
    areaStyle: { opacity: data.series.length === 1 ? 0.12 : 0 },
    ...(data.kind === "whale" ? top(s, say.whole) : {}),
  }));
  if (data.kind === "lorenz") {
    series.push({ type: "line", name: data.equal, data: [[0, 0], [1, 1]], showSymbol: false, silent: true, color: color("--muted-foreground"), lineStyle: { type: "dashed", width: 1 } });
  }
  return {
    grid: grid(data, true),
    legend: { ...legendOf(data), show: true },
    tooltip: {
      ...(base()["tooltip"] as Options), trigger: "axis", axisPointer: { type: "line" },
      formatter: (items: { seriesName: string; marker: string; value: [number, number] }[]) => items.map((item) =>
        `${item.marker}${escape(item.seriesName)} <b>${say.whole(item.value[0])} → ${say.whole(item.value[1])}</b>`).join("<br>"),
    },
    xAxis: { type: "value", min: 0, max: 1, name: data.x, nameLocation: "middle", nameGap: 26, ...look, axisLabel: { ...(look["axisLabel"] as Options), formatter: say.short } },
    yAxis: { type: "value", scale: false, max: data.kind === "lorenz" ? 1 : undefined, ...yName(data), ...look, axisLabel: { ...(look["axisLabel"] as Options), formatter: say.short } },
    series,
  };
}

function top(s: Series, write: (x: number) => string): Options {
  const points = s.points ?? [];
  const peak = points.reduce((best, p) => (p[1] > best[1] ? p : best), points[0] ?? [0, 0]);
  return {
    markLine: {
      silent: true, symbol: ["none", "circle"], symbolSize: 6, lineStyle: { type: "dotted", color: color("--foreground") },
      label: { show: true, position: "end", formatter: write(peak[1]), color: color("--foreground"), fontWeight: "bold" },
      data: [[{ coord: [peak[0], 0] }, { coord: peak }]],
    },
  };
}

customElements.define("quid-chart", Chart);
