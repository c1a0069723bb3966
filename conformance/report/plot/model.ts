/**
 * A plot as plain data: lines in a box, and where its axes have ticks.
 *
 * @module
 */
// @ts-types="npm:@types/d3-array@3.2.2"
import { nice, ticks } from "d3-array";
import type { TraceSample } from "../trace.ts";
import type { Measure } from "./samples.ts";

/** A point of a plot, in pixels, and what it stands for. */
export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  readonly time_us: number;
  readonly value: number;
}

/** One measure over time. */
export interface PlotLine {
  readonly measure: Measure;
  /** Its name for people. */
  readonly name: string;
  readonly points: readonly PlotPoint[];
}

/** A tick of an axis. */
export interface PlotTick {
  /** In pixels. */
  readonly at: number;
  readonly text: string;
}

/** A plot. */
export interface Plot {
  /** What the y axis measures, with its unit. */
  readonly title: string;
  readonly lines: readonly PlotLine[];
  readonly x: readonly PlotTick[];
  readonly y: readonly PlotTick[];
}

/** Size of a plot and of what is around its box, pixels. */
export const PLOT_SIZE = Object.freeze({ width: 640, height: 180, left: 52, right: 12, top: 10, bottom: 24 });

/** Numbers of ticks: what counts them is never finer than that. */
const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 6, useGrouping: false });

/** What shares a plot, as it shares a unit. */
const PLOTS: readonly { readonly title: string; readonly measures: readonly Measure[]; readonly unit: number }[] = [
  { title: "segments", measures: ["in_flight", "ssthresh", "snd_cwnd"], unit: 1 },
  { title: "smoothed round-trip time, ms", measures: ["srtt_us"], unit: 1000 },
];

const NAMES: Readonly<Record<Measure, string>> = {
  snd_cwnd: "cwnd",
  ssthresh: "ssthresh",
  in_flight: "in flight",
  srtt_us: "srtt",
};

/** Plots of a connection's samples. What has fewer than two is no course and is left out. */
export function plotsOf(samples: readonly TraceSample[]): Plot[] {
  const span = [samples[0]?.time_us ?? 0, samples.at(-1)?.time_us ?? 0] as const;
  if (span[0] === span[1]) return [];
  return PLOTS.flatMap(({ title, measures, unit }) => {
    const courses = measures.map((measure) => ({ measure, course: courseOf(samples, measure, unit) })).filter((
      { course },
    ) => course.length > 1);
    return courses.length === 0 ? [] : [plotOf(title, courses, span)];
  });
}

interface Course {
  readonly measure: Measure;
  readonly course: readonly { readonly time_us: number; readonly value: number }[];
}

function courseOf(samples: readonly TraceSample[], measure: Measure, unit: number): Course["course"] {
  return samples.flatMap((sample) => {
    const value = sample[measure];
    return value === undefined ? [] : [{ time_us: sample.time_us, value: value / unit }];
  });
}

function plotOf(title: string, courses: readonly Course[], [from, to]: readonly [number, number]): Plot {
  const { width, height, left, right, top, bottom } = PLOT_SIZE;
  const highest = Math.max(1, ...courses.flatMap(({ course }) => course.map(({ value }) => value)));
  const [, most] = nice(0, highest, 4);
  const x = (time_us: number) => left + (time_us - from) / (to - from) * (width - left - right);
  const y = (value: number) => height - bottom - value / most * (height - bottom - top);
  return {
    title,
    lines: courses.map(({ measure, course }) => ({
      measure,
      name: NAMES[measure],
      points: course.map(({ time_us, value }) => ({ x: x(time_us), y: y(value), time_us, value })),
    })),
    x: ticks(from / 1e6, to / 1e6, 6).map((value) => ({ at: x(value * 1e6), text: NUMBER.format(value) })),
    y: ticks(0, most, 4).map((value) => ({ at: y(value), text: NUMBER.format(value) })),
  };
}
