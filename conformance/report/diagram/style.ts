/**
 * What a diagram looks like. Colours are custom properties, so that a page can give it its own.
 *
 * @module
 */

/** Rules for what `renderDiagram` and `renderDetails` give, for a `<style>` element. Light and dark. */
export const DIAGRAM_STYLE = `
.np-diagram, .np-details {
  --ink: var(--np-ink, light-dark(#1b1d21, #e3e5e9)); --dim: var(--np-dim, light-dark(#5c626b, #9ba2ac));
  --rule: var(--np-rule, light-dark(#dcdfe4, #33373e)); --bad: var(--np-bad, light-dark(#b3180f, #ff8a80));
  --accent: var(--np-accent, light-dark(#0b5cad, #7db8f5)); --tint: var(--np-tint, light-dark(#eef3f9, #1d2733));
  --badtint: var(--np-bad-tint, light-dark(#fdeeec, #3a1d1b)); --mono: var(--np-mono, ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace);
  color: var(--ink); font-size: 13px; line-height: 1.35; border-collapse: collapse;
}
.np-diagram { width: 100%; table-layout: fixed; }
.np-diagram caption { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
.np-diagram th, .np-diagram td { padding: 0 8px; text-align: left; font-weight: normal; vertical-align: bottom; }
.np-diagram thead th { color: var(--dim); padding-bottom: 4px; border-bottom: 1px solid var(--rule); }
.np-diagram .np-lanes { padding: 0 0 4px; color: var(--ink); font-weight: 600; } .np-lanes > div { display: flex; justify-content: space-between; }
.np-unseen { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
.np-diagram .np-time { width: 11em; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.np-diagram .np-line { width: 4.4em; white-space: nowrap; text-align: right; color: var(--dim); font-variant-numeric: tabular-nums; }
.np-diagram .np-calls { width: 31%; padding-left: 12px; overflow-wrap: anywhere; }
.np-diagram td.np-waits { position: relative; } .np-diagram td.np-waits::before { content: ""; position: absolute; inset: 0 auto 0 1px; border-left: 4px solid var(--accent); }
.np-since { color: var(--dim); margin-right: .7em; font-size: 11px; }
.np-row > td { padding-top: calc(2px + var(--np-gap, 0px)); padding-bottom: 2px; }
.np-diagram td.np-wire { border: solid var(--dim); border-width: 0 2px; padding-left: 0; padding-right: 0; }
.np-label { all: unset; box-sizing: border-box; cursor: pointer; display: block; max-width: 100%; padding: 0 6px; font-family: var(--mono); font-size: 12px; overflow-wrap: anywhere; }
td.np-wire > .np-label { width: 100%; text-align: center; padding: 0 14px; color: var(--dim); }
.np-label b { font-weight: 600; color: var(--ink); }
.np-label i { font-style: italic; margin-left: .6em; color: var(--dim); font-family: system-ui, sans-serif; }
.np-label:hover, .np-label[aria-current="true"] { background: var(--tint); }
.np-label:focus-visible { outline: 2px solid var(--accent); outline-offset: -1px; border-radius: 3px; }
.np-command b, .np-code b, .np-note b { color: var(--dim); margin-right: .6em; }
.np-command .np-label, .np-code .np-label, .np-note .np-label { text-align: left !important; }
.np-shaft { display: block; position: relative; margin: 1px 1px 3px; border-top: 1.5px solid var(--ink); }
.np-shaft::after { content: ""; position: absolute; top: -5px; border: solid transparent; border-width: 4.25px 0; }
.np-to-stack .np-shaft::after { right: -1px; border-left: 9px solid var(--ink); }
.np-to-runner .np-shaft::after { left: -1px; border-right: 9px solid var(--ink); }
.np-to-stack .np-shaft { border-color: var(--accent); }
.np-to-stack .np-shaft::after { border-left-color: var(--accent); }
.np-to-stack .np-label b { color: var(--accent); }
.np-expected .np-shaft { border-top-style: dashed; opacity: .7; }
.np-unclaimed .np-shaft { border-top-style: dotted; }
.np-refused .np-shaft { border-color: var(--bad); border-top-width: 2.5px; }
.np-refused .np-shaft::after { border-right-color: var(--bad); }
.np-failing .np-label b, .np-failing .np-label i, .np-verdict .np-label { color: var(--bad); }
.np-failing .np-line { color: var(--bad); font-weight: 700; }
.np-failing .np-line::before { content: "✗ "; }
.np-diagram:not(.np-pair) .np-failure td:last-child, .np-pair .np-said { color: var(--bad); background: var(--badtint); padding: 3px 10px 4px; overflow-wrap: anywhere; border-left: 3px solid var(--bad); font-weight: 500; }
.np-pair .np-time { width: 6.2em; } .np-pair .np-line { width: 3.8em; }
.np-both > td { padding-top: 2px; padding-bottom: 2px; }
.np-pair td.np-call > .np-label { text-align: right; color: var(--ink); }
.np-pair td.np-call > .np-label b, .np-pair td.np-command > .np-label b { font-weight: 600; }
.np-differs > .np-line b { color: var(--bad); margin-right: .3em; } .np-differs > td { background: var(--badtint); }
.np-beyond .np-label b, .np-beyond .np-label, .np-beyond .np-time { color: var(--dim) !important; }
.np-pair .np-field > td { font-family: var(--mono); font-size: 12px; color: var(--bad); background: var(--badtint); padding: 0 8px 2px; overflow-wrap: anywhere; vertical-align: top; }
.np-details { font-size: 13px; }
.np-details .np-what { margin: 0 0 .6em; font-family: var(--mono); font-size: 12px; overflow-wrap: anywhere; }
.np-details table { border-collapse: collapse; width: 100%; margin: 0 0 .8em; }
.np-details caption { text-align: left; font-weight: 600; padding: 2px 0; border-bottom: 1px solid var(--rule); }
.np-details th { text-align: left; font-weight: normal; color: var(--dim); width: 9.5em; padding: 1px 8px 1px 0; vertical-align: top; }
.np-details td { padding: 1px 0; font-family: var(--mono); font-size: 12px; overflow-wrap: anywhere; }
.np-details small { color: var(--dim); font-size: 11px; font-weight: normal; }
@media (max-width: 46rem) {
  .np-diagram .np-time { width: 5.6em; padding: 0 4px; font-size: 11px; white-space: normal; }
  .np-since { display: block; margin: 0; } .np-diagram .np-line { width: 3em; padding: 0 4px; }
  /* Calls stand between the lifelines, at the stack's. */
  .np-diagram:not(.np-pair) :is(thead, tbody) { display: block; } .np-diagram:not(.np-pair) tr { display: grid; grid-template-columns: 5em 3em minmax(0, 1fr); align-items: end; }
  .np-diagram:not(.np-pair) :is(th, .np-row > td).np-calls, .np-diagram .np-row.np-call > .np-wire { display: none; }
  .np-diagram:not(.np-pair) td { align-self: stretch; display: flex; flex-direction: column; justify-content: flex-end; } .np-diagram:not(.np-pair) .np-row.np-call > .np-calls { display: flex; width: auto; text-align: right; border: solid var(--dim); border-width: 0 2px; padding: 2px 0; }
  .np-diagram:not(.np-pair) :is(.np-time, .np-line, .np-calls) { width: auto; }
}
@media print { .np-row, .np-failure { break-inside: avoid; } .np-failure { break-before: avoid; } }
`;
