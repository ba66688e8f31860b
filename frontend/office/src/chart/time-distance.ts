/** Time against distance walked: steep is fast, flat is rest; bands tell where the phone slept and what looked odd. */
import { LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkAreaComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { clockSpan, metres } from "../../../shared/src/figures.ts";
import { token } from "../dom.ts";

use([LineChart, GridComponent, TooltipComponent, MarkAreaComponent, AriaComponent, CanvasRenderer]);

/** The source's JSON. Seconds count from the first fix, metres along the walked path. */
export interface Outing {
  started_at: string;
  points: [t_s: number, distance_m: number][];
  bands?: { from_s: number; to_s: number; kind: "asleep" | "flag"; label: string }[];
}

export function timeDistance(frame: HTMLElement, outing: Outing): void {
  const canvas = document.createElement("div");
  canvas.style.width = canvas.style.height = "100%";
  frame.append(canvas);
  const chart = init(canvas, null, { renderer: "canvas" });
  const paint = (): void => chart.setOption(option(frame, outing), true);
  paint();
  new ResizeObserver(() => chart.resize()).observe(frame);
  document.addEventListener("shanhe:theme", paint);
  // A replay on the page moves the cursor, and the chart moves the replay.
  document.addEventListener("shanhe:walk-at", (event) => {
    const at = (event as CustomEvent<number>).detail;
    // Before anybody has moved, and on paper, nothing is pointed at.
    chart.dispatchAction(at > 0 ? { type: "showTip", seriesIndex: 0, dataIndex: nearest(outing.points, at) } : { type: "hideTip" });
  });
  chart.getZr().on("click", ({ offsetX, offsetY }) => {
    const [t] = chart.convertFromPixel({ gridIndex: 0 }, [offsetX, offsetY]) as unknown as [number, number];
    document.dispatchEvent(new CustomEvent("shanhe:walk-to", { detail: t }));
  });
  document.addEventListener("shanhe:paper", () => {
    chart.resize();
    paint(); // fewer lines on the lower sheet
  });
}

function option(frame: HTMLElement, outing: Outing): Parameters<ReturnType<typeof init>["setOption"]>[0] {
  const ink = token("--sh-ink");
  const soft = token("--sh-ink-soft");
  const line = token("--sh-line");
  const river = token("--sh-river");
  const font = getComputedStyle(frame).fontFamily;
  const start = Date.parse(outing.started_at);
  const isKm = (outing.points.at(-1)?.[1] ?? 0) >= 2000;
  const axis = { axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { color: soft, fontFamily: font, fontSize: 12 }, splitLine: { lineStyle: { color: line } } };
  const title = { color: soft, fontFamily: font, fontSize: 12 };
  return {
    animation: false,
    aria: { enabled: true, label: { description: frame.getAttribute("aria-label") ?? "" } },
    textStyle: { fontFamily: font },
    grid: { left: 56, right: 20, top: 34, bottom: 34 },
    tooltip: {
      trigger: "axis",
      // HTML tooltips would need inline styles.
      renderMode: "richText",
      backgroundColor: token("--sh-paper"),
      borderColor: line,
      textStyle: { color: ink, fontFamily: font, fontSize: 13 },
      axisPointer: { lineStyle: { color: soft } },
      formatter: (shown: { value: number[] } | { value: number[] }[]) => {
        const [t = 0, d = 0] = (Array.isArray(shown) ? shown[0] : shown)?.value ?? [];
        return `${wallClock(start, t)}  ${metres(d)}`;
      },
    },
    xAxis: { type: "value", min: 0, max: outing.points.at(-1)?.[0] ?? 1, ...axis, splitLine: { show: false }, axisLabel: { ...axis.axisLabel, hideOverlap: true, formatter: (t: number) => wallClock(start, t) } },
    yAxis: {
      type: "value", ...axis, splitNumber: Math.max(2, Math.min(5, Math.floor(frame.clientHeight / 45))), name: isKm ? gettext("Distance (km)") : gettext("Distance (m)"), nameTextStyle: { ...title, align: "left" },
      nameGap: 14, axisLine: { show: false }, axisLabel: { ...axis.axisLabel, formatter: (d: number) => (isKm ? String(d / 1000) : String(d)) },
    },
    series: [
      {
        type: "line", data: outing.points, showSymbol: false, sampling: "lttb", lineStyle: { color: river, width: 2.5 }, itemStyle: { color: river },
        areaStyle: { color: river, opacity: 0.08 },
        markArea: {
          silent: true,
          data: (outing.bands ?? []).map((band) => [
            {
              xAxis: band.from_s, name: band.label,
              itemStyle: { color: token(band.kind === "asleep" ? "--sh-grey-mark" : "--sh-amber-mark"), opacity: 0.22 },
              label: { color: ink, fontFamily: font, fontSize: 12, position: "insideTop" as const },
            },
            { xAxis: band.to_s },
          ]),
        },
      },
    ],
  };
}

/** Index of the last point not after so many seconds; points are in order. */
function nearest(points: Outing["points"], seconds: number): number {
  let low = 0;
  let high = points.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((points[middle]?.[0] ?? 0) <= seconds) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The office's clock at so many seconds after the start. */
function wallClock(start: number, seconds: number): string {
  if (Number.isNaN(start)) return clockSpan(seconds);
  return new Date(start + seconds * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });
}
