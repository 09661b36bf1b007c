// What the chart and the matrix share: echarts with the parts we use, the page's
// colours, and numbers in the page's language.
import { BarChart, CustomChart, LineChart, LinesChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsType } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([
  BarChart, CustomChart, LineChart, LinesChart, ScatterChart,
  GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent,
  CanvasRenderer,
]);

export type { EChartsType };

// color reads a colour of the page and returns it as rgba(): canvas libraries
// can't read oklch() or color-mix().
export function color(variable: string, opacity = 1): string {
  const raw = getComputedStyle(document.documentElement).getPropertyValue(variable).trim() || "gray";
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  pen.fillStyle = raw;
  pen.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
  return `rgba(${r},${g},${b},${((a ?? 255) / 255) * opacity})`;
}

// seriesColor is the colour of a key: a segment, a tone, or the n-th of those
// that have no meaning.
export function seriesColor(key: string, n: number): string {
  if (["opportunity", "renegotiate", "explore", "invest", "new"].includes(key)) return color(`--seg-${key}`);
  if (["good", "bad", "warn"].includes(key)) return color(`--${key}`);
  if (key === "muted") return color("--muted-foreground", 0.55);
  const palette = ["--primary", "--seg-renegotiate", "--seg-invest", "--seg-new", "--seg-opportunity"];
  return color(palette[n % palette.length]!);
}

export const still = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

export type Unit = "money" | "percent" | "number";

// numbers writes numbers of a unit: short on an axis, whole in a tip. The minus
// is a true one, as elsewhere on the page.
export function numbers(unit: Unit, currency: string): { short: (x: number) => string; whole: (x: number) => string } {
  const lang = document.documentElement.lang;
  const style = unit === "money" ? { style: "currency", currency } as const
    : unit === "percent" ? { style: "percent" } as const : {};
  const short = new Intl.NumberFormat(lang, { ...style, notation: unit === "percent" ? "standard" : "compact", useGrouping: "always", minimumFractionDigits: 0, maximumFractionDigits: 1 });
  const whole = new Intl.NumberFormat(lang, { ...style, minimumFractionDigits: 0, maximumFractionDigits: unit === "money" ? 0 : 1 });
  const minus = (s: string): string => s.replace("-", "\u2212");
  return { short: (x) => minus(short.format(x)), whole: (x) => minus(whole.format(x)) };
}

export function escape(s: string): string {
  return s.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

// base is what every picture looks like.
export function base(): Record<string, unknown> {
  return {
    animation: !still(),
    animationDuration: 250,
    textStyle: { fontFamily: "system-ui, sans-serif", fontSize: 11, color: color("--muted-foreground") },
    tooltip: {
      confine: true,
      backgroundColor: color("--popover"),
      borderColor: color("--border"),
      textStyle: { color: color("--popover-foreground"), fontSize: 12 },
    },
  };
}

export function axisLook(): Record<string, unknown> {
  return {
    axisLine: { lineStyle: { color: color("--muted-foreground", 0.6) } },
    axisTick: { show: false },
    axisLabel: { color: color("--muted-foreground"), hideOverlap: true },
    nameTextStyle: { color: color("--muted-foreground") },
    splitLine: { lineStyle: { color: color("--muted-foreground", 0.18) } },
  };
}

// Picture is an element with a canvas that follows its size and the theme.
export abstract class Picture extends HTMLElement {
  protected chart: EChartsType | null = null;
  #sizes: ResizeObserver | null = null;
  #theme: MutationObserver | null = null;

  protected abstract draw(): void;
  protected resized(): void {}

  protected canvas(): HTMLElement {
    return this.querySelector<HTMLElement>(".chart-canvas")!;
  }

  connectedCallback(): void {
    this.chart = init(this.canvas());
    this.#sizes = new ResizeObserver(() => {
      this.chart?.resize();
      this.resized();
    });
    this.#sizes.observe(this.canvas());
    this.#theme = new MutationObserver(() => this.draw());
    this.#theme.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
    this.draw();
    this.dataset["ready"] = "";
  }

  disconnectedCallback(): void {
    this.#sizes?.disconnect();
    this.#theme?.disconnect();
    this.chart?.dispose();
    this.chart = null;
  }
}
