/**
 * Plots as SVG, with their values as a table for who can't see them.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { VNode } from "preact";
import { secondsText } from "../diagram/time_text.ts";
import type { TraceSample } from "../trace.ts";
import { type Plot, PLOT_SIZE, type PlotLine, type PlotPoint, plotsOf } from "./model.ts";
import type { ConnectionSamples } from "./samples.ts";

const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 3, useGrouping: false });

/** The plots of one connection; null where there is no course of anything. */
export function connectionPlots({ connection, samples }: ConnectionSamples): VNode | null {
  const plots = plotsOf(samples);
  if (plots.length === 0) return null;
  return (
    <figure class="np-plots" key={connection}>
      <figcaption>{connection}</figcaption>
      {plots.map(plotSvg)}
      <details>
        <summary>{samples.length} samples as a table</summary>
        {sampleTable(samples)}
      </details>
    </figure>
  );
}

function plotSvg(plot: Plot): VNode {
  const { width, height, left, right, top, bottom } = PLOT_SIZE;
  const floor = height - bottom;
  return (
    <div key={plot.title}>
      <p class="np-legend">
        {plot.title}
        {plot.lines.length > 1 &&
          plot.lines.map(({ measure, name }) => (
            <span key={measure} class={`np-course-${measure}`}>
              <svg width="26" height="8" aria-hidden="true">
                <path d="M0 4H26" />
              </svg>{" "}
              {name}
            </span>
          ))}
      </p>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={summary(plot)}>
        {plot.y.map(({ at, text }) => (
          <g key={text} class="np-tick">
            <path d={`M${left} ${at}H${width - right}`} />
            <text x={left - 6} y={at + 4} text-anchor="end">{text}</text>
          </g>
        ))}
        {plot.x.map(({ at, text }) => (
          <g key={text} class="np-tick">
            <path d={`M${at} ${floor}v4`} />
            <text x={at} y={floor + 17} text-anchor="middle">{text} s</text>
          </g>
        ))}
        <path class="np-axis" d={`M${left} ${top}V${floor}H${width - right}`} />
        {plot.lines.map(course)}
      </svg>
    </div>
  );
}

/** A value holds until the next sample. */
function course({ measure, name, points }: PlotLine): VNode {
  const [first, ...others] = points as readonly [PlotPoint, ...PlotPoint[]];
  const steps = others.map(({ x, y }) => `H${x.toFixed(1)}V${y.toFixed(1)}`).join("");
  return (
    <g key={measure} class={`np-course-${measure}`}>
      <path d={`M${first.x.toFixed(1)} ${first.y.toFixed(1)}${steps}`} />
      {points.length <= 200 &&
        points.map(({ x, y, time_us, value }, i) => (
          <circle key={i} cx={x.toFixed(1)} cy={y.toFixed(1)} r="2.2">
            <title>{`${name} ${NUMBER.format(value)} at ${secondsText(time_us)} s`}</title>
          </circle>
        ))}
    </g>
  );
}

function summary({ title, lines }: Plot): string {
  const told = lines.map(({ name, points }) => {
    const values = points.map(({ value }) => value);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return `${name} from ${NUMBER.format(values[0]!)} to ${NUMBER.format(values.at(-1)!)}, ` +
      `at least ${NUMBER.format(low)}, at most ${NUMBER.format(high)}`;
  });
  return `${title} over time: ${told.join("; ")}`;
}

function sampleTable(samples: readonly TraceSample[]): VNode {
  const cell = (value: number | string | undefined) => <td>{value ?? "–"}</td>;
  return (
    <table>
      <thead>
        <tr>
          {["time, s", "state", "cwnd", "ssthresh", "in flight", "srtt, µs", "cause"].map((name) => (
            <th key={name} scope="col">{name}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {samples.map((sample, i) => (
          <tr key={i}>
            <th scope="row">{secondsText(sample.time_us)}</th>
            {cell(sample.state)}
            {cell(sample.snd_cwnd)}
            {cell(sample.ssthresh)}
            {cell(sample.in_flight)}
            {cell(sample.srtt_us)}
            {cell(sample.cause)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
