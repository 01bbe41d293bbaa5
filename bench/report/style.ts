/** How the page looks: quiet, in the system's own letters, light or dark as the reader has it. The colours of plots are Okabe and Ito's, which colour-blind people tell apart. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fcfcfa; --ink: #1f2328; --soft: #5c6570; --line: #d9dce0; --faint: #f1f2f0;
  --c0: #0065a3; --c1: #b35900; --c2: #007a5a; --c3: #a8437c; --c4: #6b6f76; --c5: #8a7400; --c6: #c0392b;
  --other: #b4bac2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181c; --ink: #e4e7eb; --soft: #9aa4af; --line: #343a42; --faint: #1d2126;
    --c0: #56b4e9; --c1: #e69f00; --c2: #2fbf92; --c3: #d98cb8; --c4: #a9b0b8; --c5: #e5d94a; --c6: #ef7d5b;
    --other: #5a636d;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main, header, footer { max-width: 46rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: clamp(1.5rem, 4vw, 3rem); max-width: 62rem; } header > section { max-width: 43.5rem; }
.lead { font-size: 1.1rem; max-width: 52rem; margin-bottom: 1.5rem; }
footer { padding-bottom: 4rem; color: var(--soft); }
h1 { font-size: clamp(1.8rem, 5vw, 2.6rem); line-height: 1.15; letter-spacing: -0.02em; margin: 0 0 1.25rem; text-wrap: balance; }
h2 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -0.01em; margin: 4.5rem 0 1rem; }
h3 { font-size: 1.15rem; line-height: 1.35; margin: 3.25rem 0 0.5rem; }
section > h3:first-child { margin-top: 3.25rem; }
p { margin: 0 0 1rem; }
a { color: var(--c0); text-underline-offset: 0.15em; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.88em; }
code { overflow-wrap: anywhere; }
pre { background: var(--faint); padding: 0.9rem 1.1rem; border-radius: 8px; overflow-x: auto; line-height: 1.35; margin: 0 0 1rem; font-size: 0.75rem; }
@media (min-width: 54rem) { pre { margin-left: -2.5rem; margin-right: -2.5rem; padding-left: 2.5rem; } }
@media (min-width: 78rem) { pre { margin-right: -15rem; font-size: 0.72rem; } }
.where, .note, .made { color: var(--soft); font-size: 0.88rem; }
.where { margin: 0 0 0.4rem; line-height: 1.45; } nav { margin-top: 1.75rem; }
.note { margin: 0.35rem 0 0; line-height: 1.45; }
.headlines { list-style: none; padding: 0; margin: 1.5rem 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(8.6rem, 1fr)); gap: 1.1rem 1.25rem; }
.headlines li { border-top: 2px solid var(--c0); padding-top: 0.6rem; line-height: 1.35; font-size: 0.88rem; }
.headlines strong { display: block; font-size: 1.9rem; line-height: 1.15; letter-spacing: -0.02em; color: var(--c0); font-variant-numeric: tabular-nums; }
.headlines span { display: block; color: var(--soft); font-size: 0.8rem; margin-top: 0.2rem; }
nav ol { columns: 17rem; column-gap: 2rem; padding-left: 0; list-style: none; font-size: 0.93rem; }
nav ol ol { columns: auto; padding-left: 1rem; }
nav li { margin: 0.15rem 0; break-inside: avoid; }
nav .part { font-weight: 600; margin-top: 0.6rem; break-after: avoid; }
dl.story { margin: 0 0 1rem; }
dl.story dt { font-size: 0.78rem; font-weight: 600; color: var(--soft); text-transform: uppercase; letter-spacing: 0.06em; }
dl.story dd { margin: 0 0 0.75rem; }
dl.story dd.seen { border-left: 3px solid var(--c0); padding-left: 0.9rem; font-weight: 500; }
dl.words { display: grid; grid-template-columns: minmax(6.5rem, max-content) 1fr; gap: 0.4rem 1.25rem; font-size: 0.95rem; }
dl.words dt { font-weight: 600; } dl.words dd { margin: 0; }
figure.plot { margin: 1.5rem 0 0.75rem; }
figcaption { font-weight: 600; font-size: 0.95rem; margin-bottom: 0.6rem; line-height: 1.4; }
.canvas svg { display: block; overflow: visible; font-size: 13px; }
.canvas.axes { padding: 0 1.1rem 0 5rem; }
svg text { fill: var(--ink); }
svg .value { text-anchor: end; font-variant-numeric: tabular-nums; }
svg .ours { font-weight: 600; fill: var(--c0); }
svg .group { font-weight: 600; fill: var(--soft); font-size: 12px; letter-spacing: 0.02em; }
svg .tick { fill: var(--soft); font-size: 11.5px; font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .even { stroke: var(--ink); stroke-width: 1.5; } svg rect.behind { fill: var(--faint); } svg .scenario { font-size: 12.5px; paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
svg .baseline { stroke: var(--soft); stroke-width: 1; fill: none; }
svg .ring { fill: var(--c0); } svg .other { fill: var(--other); }
svg .whisker { stroke: var(--ink); stroke-width: 1.25; }
svg .segment { stroke: currentColor; stroke-width: 2; stroke-linecap: round; }
svg .dash1 { stroke-dasharray: 2 5; } svg .dash2 { stroke-dasharray: 9 5; } svg .dash3 { stroke-dasharray: 9 5 2 5; }
svg .spread { stroke: currentColor; stroke-width: 1.25; opacity: 0.55; }
svg g circle, svg g rect, svg g path, svg.mark { fill: currentColor; stroke: none; }
${Array.from({ length: 7 }, (_, i) => `.c${i} { color: var(--c${i}); }`).join(' ')}
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.15rem 1.1rem; padding: 0; margin: 0 0 0.6rem; font-size: 0.88rem; }
.legend li { display: flex; align-items: center; gap: 0.4rem; }
.scroll { overflow-x: auto; margin: 0.75rem 0 1rem; }
.wide tbody th { min-width: 9rem; }
@media (min-width: 62rem) { .wide .scroll { margin-left: -6rem; margin-right: -6rem; } }
table { border-collapse: collapse; width: 100%; font-size: 0.88rem; line-height: 1.4; }
caption { text-align: left; color: var(--soft); padding-bottom: 0.5rem; }
caption span { display: block; position: sticky; left: 0; max-width: min(100%, calc(100vw - 2.5rem)); }
th, td { padding: 0.35rem 0.9rem 0.35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); font-weight: 400; }
tr > :last-child { padding-right: 0; }
thead th { font-weight: 600; color: var(--soft); border-bottom-color: var(--soft); white-space: nowrap; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td small { display: block; color: var(--soft); font-size: 0.92em; }
td .ours, th.ours { color: var(--c0); font-weight: 600; }
details { margin: 0.5rem 0 1rem; } summary { cursor: pointer; color: var(--soft); font-size: 0.88rem; }
.missing li { margin-bottom: 0.6rem; }
:focus-visible { outline: 2px solid var(--c0); outline-offset: 3px; border-radius: 2px; }
@media (max-width: 34rem) { .canvas.axes { padding-left: 4.3rem; } dl.words { grid-template-columns: 1fr; gap: 0; } dl.words dd { margin-bottom: 0.6rem; } }
@media print { details > * { display: block; } section { break-inside: avoid; } }
`;
