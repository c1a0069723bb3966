/**
 * What the page looks like.
 *
 * @module
 */

/** Rules of the page, for a `<style>` element. Light and dark, narrow and wide, and paper. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --np-ink: light-dark(#1b1d21, #e4e6ea); --np-dim: light-dark(#5a616b, #9da4ae); --np-rule: light-dark(#dde0e5, #31363d);
  --np-paper: light-dark(#ffffff, #15171b); --np-raised: light-dark(#f6f7f9, #1b1e23);
  --np-accent: light-dark(#0b5cad, #7db8f5); --np-tint: light-dark(#eaf1f9, #1c2835);
  --np-good: light-dark(#1c6b36, #74cf8e); --np-bad: light-dark(#b3180f, #ff8a80); --np-bad-tint: light-dark(#fdefed, #351c1b); --np-odd: light-dark(#7a5200, #e2b65c);
  --np-mono: ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --ink: var(--np-ink); --dim: var(--np-dim); --rule: var(--np-rule); --bad: var(--np-bad); --accent: var(--np-accent); --tint: var(--np-tint); --mono: var(--np-mono);
}
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; color: var(--ink); background: var(--np-paper); }
#np-app > * { max-width: 88rem; margin: 0 auto; padding: 0 1.5rem 3rem; } #np-app > .of-run { max-width: 128rem; }
a { color: var(--accent); text-underline-offset: 2px; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; } h1:focus { outline: none; }
code, .path, .message, .octets { font-family: var(--mono); font-size: .88em; overflow-wrap: anywhere; }
h1 { font-size: 1.55rem; line-height: 1.25; font-weight: 600; margin: 1.2rem 0 .6rem; letter-spacing: -.01em; }
h2 { font-size: 1.05rem; margin: 1.8rem 0 .5rem; } h3 { font-size: .95rem; margin: .5rem 0; }
table { border-collapse: collapse; } th { font-weight: 400; text-align: left; } caption { text-align: left; color: var(--dim); }
button, select, input[type="search"] { font: inherit; color: inherit; background: var(--np-paper); border: 1px solid var(--rule); border-radius: 5px; padding: .22rem .6rem; }
button { cursor: pointer; } button:hover:not(:disabled) { border-color: var(--accent); } button:disabled { color: var(--dim); cursor: default; opacity: .6; }
.unseen { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
.top { display: flex; gap: 2rem; align-items: baseline; border-bottom: 1px solid var(--rule); padding: .7rem 0 0; }
.brand { margin: 0; font-weight: 700; letter-spacing: -.01em; } .brand a { color: inherit; text-decoration: none; }
.views { display: flex; gap: 1.4rem; } .views a { padding: .2rem 0 .55rem; color: var(--dim); text-decoration: none; border-bottom: 2px solid transparent; margin-bottom: -1px; }
.views a[aria-current] { color: var(--ink); border-color: var(--accent); } .views a:hover { color: var(--ink); }
.told { white-space: nowrap; } .told .sign { display: inline-block; width: 1.05em; text-align: center; font-weight: 700; }
.is-pass { color: var(--np-good); } .is-fail, .is-error, .is-flaky, .is-unexpected-pass { color: var(--bad); font-weight: 600; }
.is-expected-fail, .is-deviates, .is-undecided { color: var(--np-odd); } .is-skip, .is-not-covered, .is-not-observable, .none { color: var(--dim); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.summary table { margin: .4rem 0 1rem; } .summary th, .summary td { padding: .2rem 1.1rem .2rem 0; border-bottom: 1px solid var(--rule); } .summary thead th { color: var(--dim); }
.summary .wide { color: var(--dim); padding-left: .6rem; } .summary tbody th { font-weight: 600; }
.warning { margin: .3rem 0; padding-left: .8rem; border-left: 3px solid var(--np-odd); color: var(--ink); font-size: 14px; }
.with-facets { display: grid; grid-template-columns: 14.5rem minmax(0, 1fr); gap: 2.2rem; margin-top: 1.4rem; align-items: start; }
.facets { display: grid; gap: 1.1rem; position: sticky; top: 1rem; max-height: calc(100vh - 2rem); overflow-y: auto; font-size: 14px; padding: 2px; }
.facets fieldset { border: 0; margin: 0; padding: 0; } .facets legend { padding: 0 0 .2rem; font-weight: 600; }
.facets label:not(.search) { display: flex; gap: .5rem; align-items: baseline; padding: .06rem 0; cursor: pointer; }
.facets input[type="checkbox"] { accent-color: var(--np-accent); margin: 0; align-self: center; } .facets label span { overflow-wrap: anywhere; }
.facets output { margin-left: auto; color: var(--dim); font-variant-numeric: tabular-nums; padding-right: .3rem; } .facets summary { cursor: pointer; color: var(--accent); }
.groups { display: contents; } .groups::details-content { display: grid; gap: 1.1rem; } .groups > summary { display: none !important; } .search { display: grid; gap: .2rem; } .search span { font-weight: 600; } .search input { width: 100%; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline; justify-content: space-between; margin-bottom: .5rem; } .bar p { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
.bar label { color: var(--dim); font-size: 14px; } .chip { margin-left: .8rem; font-weight: 400; font-size: 13px; }
.runs, .clauses { width: 100%; font-size: 14px; } .runs th, .runs td, .clauses th, .clauses td { padding: .34rem .8rem .34rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
.runs thead th, .clauses thead th { color: var(--dim); position: sticky; top: 0; background: var(--np-paper); z-index: 1; border-bottom: 1px solid var(--dim); }
.runs tbody tr:hover, .clauses tbody tr:hover { background: var(--np-raised); } .runs td { white-space: nowrap; } .runs td:nth-child(2) { color: var(--dim); }
.runs td a, .clauses td a { text-decoration: none; } .runs td a:hover, .clauses td a:hover { text-decoration: underline; } .runs td a, .clauses td:nth-child(n+3) a { color: inherit; }
.runs .others .told { color: var(--dim); font-weight: 400; } .title { display: block; color: var(--dim); font-size: 13px; } .said { display: block; font-size: 13px; font-weight: 400; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; } .runs { table-layout: fixed; } .runs thead th:not(:first-child) { width: 8.7rem; }
.folder { margin-left: .6em; font-family: var(--mono); font-size: 12px; } .runs .path { color: var(--ink); } .level { white-space: nowrap; }
.pager { display: flex; gap: 1rem; align-items: baseline; margin: 1rem 0; font-variant-numeric: tabular-nums; }
.clauses .number { padding-right: 1.4rem; white-space: nowrap; } .clauses { table-layout: fixed; } .clauses thead th:nth-child(2) { width: 5.5rem; } .clauses thead th:nth-child(n+3) { width: 10.4rem; } .clauses .total > * { padding-top: .2rem; padding-bottom: .2rem; } .clauses .clause th { padding-left: 2.4rem; font-size: 13px; overflow-wrap: anywhere; } .asks { display: block; color: var(--ink); font-size: 14px; } .clauses .clause .number { color: var(--dim); }
.clauses .within > * { color: var(--dim); border-bottom-style: dotted; } .clauses .within th { padding-left: 1.2rem; } .clauses .all th { font-weight: 600; } .clauses tbody + tbody:nth-of-type(2) { border-top: 1px solid var(--dim); }
.tally { white-space: nowrap; font-variant-numeric: tabular-nums; } .tally > span { display: inline-block; min-width: 2.7em; } .tally > span:first-child { min-width: 4.8em; } .legend { font-weight: 400 !important; color: var(--dim); font-size: 13px; }
.toggle { border: 0; padding: 0; background: none; } .toggle::before { content: "▸"; display: inline-block; width: 1.1em; color: var(--dim); } .toggle[aria-expanded="true"]::before { content: "▾"; }
.crumbs { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; margin-top: 1rem; font-size: 14px; } .crumbs span { color: var(--dim); margin-left: auto; font-variant-numeric: tabular-nums; }
.run h1 { margin: .7rem 0 .1rem; } .where { margin: 0 0 .8rem; color: var(--dim); } .where .path { color: var(--ink); }
.targets { display: flex; flex-wrap: wrap; gap: .6rem 2rem; align-items: center; justify-content: space-between; border-bottom: 1px solid var(--rule); margin-bottom: 1rem; }
.targets nav { display: flex; flex-wrap: wrap; gap: .2rem 1.6rem; } .targets nav a { color: var(--ink); text-decoration: none; padding: .3rem 0 .45rem; border-bottom: 2px solid transparent; margin-bottom: -1px; } .targets nav a[aria-current] { border-color: var(--accent); font-weight: 600; }
.targets label { font-size: 14px; color: var(--dim); }
.why-verdict { border-left: 3px solid var(--rule); padding: .1rem 0 .1rem 1rem; margin: 0 0 1.2rem; } .why-verdict.is-fail, .why-verdict.is-error, .why-verdict.is-flaky, .why-verdict.is-unexpected-pass { border-color: var(--bad); color: inherit; font-weight: 400; } .why-verdict.is-expected-fail { border-color: var(--np-odd); color: inherit; } .why-verdict p { margin: .2rem 0; } .why-verdict .message { white-space: pre-wrap; }
.fields { font-size: 13px; margin: .5rem 0; } .fields th, .fields td { padding: .12rem 1.6rem .12rem 0; vertical-align: top; } .fields td, .fields tbody th { font-family: var(--mono); font-size: 12px; } .fields thead th { color: var(--dim); }
.octets { margin: .4rem 0; line-height: 1.4; } .octets .offset { color: var(--dim); } .octets mark { background: none; color: var(--bad); font-weight: 700; text-decoration: underline; }
.panes { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.6rem; align-items: start; }
.pane { min-width: 0; } .details { border: 1px solid var(--rule); border-radius: 6px; padding: .8rem; }
.script { width: 100%; font-family: var(--mono); font-size: 12px; line-height: 1.5; } .script th { width: 3.6em; text-align: right; color: var(--dim); padding: 0 .8em 0 0; vertical-align: top; white-space: nowrap; user-select: none; }
.script td { white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; padding: 0 .3em; } .script .comment { color: var(--dim); } .script button { all: unset; cursor: pointer; } .script button:hover { color: var(--accent); text-decoration: underline; } .script button:focus-visible { outline: 2px solid var(--accent); }
.script .here td { background: var(--tint); } .script .failed td { background: var(--np-bad-tint); } .script .failed th { color: var(--bad); font-weight: 700; } .script .why td { color: var(--bad); font-family: system-ui, sans-serif; padding-bottom: .3rem; }
.clause-list { list-style: none; padding: 0; margin: 0; max-width: 60rem; } .clause-list li { padding: .4rem 0 .4rem .9rem; border-left: 3px solid var(--rule); margin-bottom: .5rem; } .clause-list .broken { border-color: var(--bad); } .clause-list p { margin: .1rem 0 0; } .place { margin-left: 1rem; color: var(--dim); font-size: 14px; }
.sides { display: flex; flex-wrap: wrap; gap: 0 2rem; } .sides > div { flex: 1 1 26rem; max-width: 44rem; }
footer { margin-top: 3rem; padding-top: .8rem; border-top: 1px solid var(--rule); color: var(--dim); font-size: 13px; } footer p { margin: .2rem 0; } footer button { margin-top: .5rem; }
@media (min-width: 66rem) { .panes { grid-template-columns: minmax(0, 1fr) 19rem; } .source { grid-area: 2 / 1; } .diagram { grid-area: 1 / 1; } .panes .details { grid-area: 1 / 2 / span 2; } .diagram, .details { max-height: calc(100vh - 2rem); overflow-y: auto; } .details { position: sticky; top: 1rem; } .diagram thead th { position: sticky; top: 0; background: var(--np-paper); z-index: 1; } }
@media (min-width: 104rem) { .panes.three { grid-template-columns: minmax(24rem, 30rem) minmax(0, 1fr) 19rem; } .source { grid-area: 1 / 1; } .panes.three .diagram { grid-area: 1 / 2; } .panes.three .details { grid-area: 1 / 3; } .source { max-height: calc(100vh - 2rem); overflow-y: auto; position: sticky; top: 1rem; } }
@media (max-width: 56rem) { #np-app > * { padding: 0 .9rem 2rem; } .with-facets { grid-template-columns: minmax(0, 1fr); gap: 1rem; } .facets { position: static; max-height: none; } .groups { display: block; } .groups > summary { display: list-item !important; font-weight: 600; padding: .3rem 0; } .summary, .with-facets > div { overflow-x: auto; position: relative; } .summary .wide { display: none; } }
@media print { :root { color-scheme: light; } body { font-size: 10pt; } #np-app > * { max-width: none; padding: 0; } .facets, .crumbs, .targets label, .views, .bar label, footer button, .pager { display: none; } .with-facets { display: block; } .runs thead th, .clauses thead th { position: static; } tr { break-inside: avoid; } .pane { max-height: none !important; overflow: visible !important; position: static !important; } .panes { display: block !important; } .details { display: none; } a { color: inherit; text-decoration: none; } .runs td, .said { white-space: normal; } .source { margin-top: 1.2rem; } }
`;
