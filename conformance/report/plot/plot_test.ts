import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { render } from "preact-render-to-string";
import { PLOT_SIZE, plotsOf } from "./model.ts";
import { connectionPlots } from "./render.tsx";
import { samplesOf } from "./samples.ts";

const trace = [
  { time_us: 0, connection: "a", state: "SYN_SENT", snd_cwnd: 10, ssthresh: 0x7fffffff, in_flight: 1 },
  { time_us: 2_000_000, connection: "a", state: "ESTABLISHED", snd_cwnd: 37, srtt_us: 50_000, cause: "segment" },
  { time_us: 1_000_000, connection: "a", snd_cwnd: 20, srtt_us: 40_000, in_flight: 20 },
  { time_us: 5, connection: "b", snd_cwnd: 10 },
];

Deno.test("plot: samples by connection in the order of time; a threshold of infinity is none", () => {
  const [a, b] = samplesOf({ trace });
  assertEquals(a!.samples.map(({ snd_cwnd }) => snd_cwnd), [10, 20, 37]);
  assertEquals(a!.samples[0]!.ssthresh, undefined);
  assertEquals([b!.connection, b!.samples.length], ["b", 1]);
});

Deno.test("plot: without a trace, what code blocks saw of tcp_info", () => {
  const code = (time_us: number, seen: Record<string, string>) =>
    ({ kind: "code", time_us, line: 3, text: "", seen }) as const;
  const evidence = [
    code(1, { tcpi_snd_cwnd: "10", tcpi_rtt: "300", tcpi_state: "1" }),
    code(9, { tcpi_snd_cwnd: "11", tcpi_snd_ssthresh: "2147483647" }),
    code(10, { tcpi_options: "1" }),
  ];
  assertEquals(samplesOf({ evidence }).map(({ samples }) => samples.map((one) => [one.snd_cwnd, one.srtt_us])), [
    [[10, 300], [11, undefined]],
  ]);
  assertEquals(samplesOf({}), []);
});

Deno.test("plot: lines lie in their box, above a floor of zero, later to the right", () => {
  const [segments, time] = plotsOf(samplesOf({ trace })[0]!.samples);
  assertEquals(segments!.lines.map(({ name }) => name), ["in flight", "cwnd"]);
  const cwnd = segments!.lines[1]!.points;
  const floor = PLOT_SIZE.height - PLOT_SIZE.bottom;
  assertEquals([cwnd[0]!.x, cwnd[2]!.x], [PLOT_SIZE.left, PLOT_SIZE.width - PLOT_SIZE.right]);
  assert(cwnd[1]!.y < cwnd[0]!.y && cwnd[2]!.y < cwnd[1]!.y && cwnd[0]!.y < floor && cwnd[2]!.y >= PLOT_SIZE.top);
  assertEquals(segments!.y.map(({ text }) => text), ["0", "10", "20", "30", "40"]);
  assertEquals(segments!.y[0]!.at, floor);
  assertEquals(time!.lines[0]!.points.map(({ value }) => value), [40, 50]);
});

Deno.test("plot: what has no course has no plot", () => {
  assertEquals(plotsOf([]), []);
  assertEquals(plotsOf([{ time_us: 5, connection: "b", snd_cwnd: 10 }]), []);
  assertEquals(connectionPlots(samplesOf({ trace })[1]!), null);
});

Deno.test("plot as SVG: a summary and the values for who can't see it, all escaped", () => {
  const html = render(connectionPlots({ connection: "<img onerror>", samples: samplesOf({ trace })[0]!.samples })!);
  assertStringIncludes(html, "cwnd from 10 to 37, at least 10, at most 37");
  assertStringIncludes(html, "<td>ESTABLISHED</td>");
  assert(!html.includes("<img"), html);
});
