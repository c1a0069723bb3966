/**
 * What plots look like.
 *
 * @module
 */

/** Rules for plots, for a `<style>` element. Courses are told apart by their strokes, too. */
export const PLOT_STYLE = `
.np-plots { margin: 0 0 1rem; max-width: 44rem; } .np-plots figcaption { font-weight: 600; }
.np-legend { margin: .4rem 0 0; color: var(--dim); font-size: 13px; } .np-legend span { margin-left: 1.2em; color: var(--ink); white-space: nowrap; }
.np-plots svg[role="img"] { display: block; width: 100%; height: auto; }
.np-plots path { fill: none; stroke-width: 1.6; } .np-plots text { fill: var(--dim); font-size: 11px; font-variant-numeric: tabular-nums; }
.np-tick path { stroke: var(--rule); stroke-width: 1; } .np-axis { stroke: var(--dim); stroke-width: 1 !important; }
.np-course-snd_cwnd path, .np-course-srtt_us path { stroke: var(--accent); } .np-course-snd_cwnd circle, .np-course-srtt_us circle { fill: var(--accent); }
.np-course-ssthresh path { stroke: var(--ink); stroke-dasharray: 6 4; } .np-course-ssthresh circle { fill: var(--ink); }
.np-course-in_flight path { stroke: var(--dim); stroke-dasharray: 1.5 3; stroke-width: 2; } .np-course-in_flight circle { fill: var(--dim); }
.np-plots td, .np-plots tbody th { text-align: right; font-variant-numeric: tabular-nums; padding: 0 .8em; font-weight: normal; }
`;
