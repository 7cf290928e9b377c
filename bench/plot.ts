/**
 * Draws the launch costs as SVG, on a logarithmic scale: a point for each median, hollow where no filter is installed, and
 * a line from quartile to quartile.
 */

import type { CustomSeriesRenderItem, EChartsOption } from "echarts";
import { CustomChart } from "echarts/charts";
import { GridComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Result } from "./launches.ts";
import type { Summary } from "./statistics.ts";

use([CustomChart, GridComponent, TitleComponent, SVGRenderer]);

const WIDTH = 960;
const ROW_HEIGHT = 26;
const LEFT = 270;
const RIGHT = 90;
const TOP = 92;
const BOTTOM = 52;
const RADIUS = 5;
const PAPER = "#ffffff";
const INK = "#333333";
const FAINT = "#dddddd";
const COLORS = { ours: "#c2410c", limit: "#0f766e", libseccomp: "#1d4ed8", other: "#6b7280" };

/** Below this much nothing is told from noise, and a logarithmic scale has no zero. */
const LEAST_MS = 0.01;

interface Point {
  readonly name: string;
  readonly color: string;
  readonly isHollow: boolean;
  readonly cost: Summary;
}

/** What has a cost to show: not the baseline, nor what is no launcher or only stands before one. */
function pointsOf(results: readonly Result[]): Point[] {
  return results
    .flatMap(({ name, role, launchCostUs: cost, sight }) =>
      cost === undefined || role === "wrapper" || cost.median < LEAST_MS * 1000
        ? []
        : [
            {
              // What is in brackets is in the table.
              name: name.replace(/ \(.*\)$/, ""),
              color: COLORS[role ?? "other"],
              isHollow: sight?.filters.length === 0,
              cost,
            },
          ],
    )
    .sort((a, b) => b.cost.median - a.cost.median);
}

/** The picture, the cheapest launcher at the top. */
export function plotLaunchCosts(results: readonly Result[], subtitle: string): string {
  const points = pointsOf(results);
  const chart = init(null, null, {
    renderer: "svg",
    ssr: true,
    width: WIDTH,
    height: TOP + BOTTOM + points.length * ROW_HEIGHT,
  });
  const option: EChartsOption = {
    animation: false,
    // Also where the page around it is dark.
    backgroundColor: PAPER,
    textStyle: { fontFamily: "sans-serif", color: INK },
    title: {
      text: "Launch cost over a bare static exec",
      subtext: `${subtitle}\nPoints: medians, hollow where no filter is installed. Lines: quartiles.`,
      left: 12,
      top: 10,
    },
    grid: { left: LEFT, right: RIGHT, top: TOP, bottom: BOTTOM, outerBoundsMode: "none" },
    xAxis: {
      type: "log",
      min: LEAST_MS,
      name: "milliseconds, logarithmic",
      nameLocation: "middle",
      nameGap: 30,
      axisLabel: { color: INK },
      splitLine: { lineStyle: { color: FAINT } },
    },
    yAxis: {
      type: "category",
      data: points.map(({ name }) => name),
      axisTick: { show: false },
      axisLabel: { color: INK, interval: 0 },
      splitLine: { show: true, lineStyle: { color: FAINT, type: "dotted" } },
    },
    series: [
      {
        type: "custom",
        silent: true,
        encode: { x: [0, 1, 2], y: 3 },
        data: points.map(({ cost }, i) => [
          inMs(cost.lowerQuartile),
          inMs(cost.median),
          inMs(cost.upperQuartile),
          i,
        ]),
        renderItem: drawPoint(points),
      },
    ],
  };
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}

/** One launcher: the line, the point on it, and the median in figures behind both. */
function drawPoint(points: readonly Point[]): CustomSeriesRenderItem {
  return (_, api) => {
    const row = Number(api.value(3));
    const point = points[row];
    const xOf = (dimension: number): number => api.coord([api.value(dimension), row])[0] ?? 0;
    const y = api.coord([api.value(1), row])[1] ?? 0;
    const color = point?.color ?? INK;
    return {
      type: "group",
      children: [
        {
          type: "line",
          shape: { x1: xOf(0), y1: y, x2: xOf(2), y2: y },
          style: { stroke: color, lineWidth: 3, opacity: 0.4 },
        },
        {
          type: "circle",
          shape: { cx: xOf(1), cy: y, r: RADIUS },
          style: { fill: point?.isHollow ? PAPER : color, stroke: color, lineWidth: 2 },
        },
        {
          type: "text",
          x: Math.max(xOf(1) + RADIUS, xOf(2)) + 6,
          y,
          style: {
            text: `${significant((point?.cost.median ?? 0) / 1000)} ms`,
            fill: color,
            verticalAlign: "middle",
          },
        },
      ],
    };
  };
}

function inMs(us: number): number {
  return Math.max(LEAST_MS, us / 1000);
}

/** With so many digits as the measurement is worth. */
function significant(value: number): string {
  return value < 10 ? value.toPrecision(2) : value.toFixed(0);
}
