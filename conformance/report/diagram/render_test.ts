import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PASSED, REFUSED } from "./_runs.ts";
import { diagramOf } from "./build.ts";
import { renderDiagram } from "./render.tsx";
import { renderDetails } from "./render_details.tsx";
import { secondsText, spanText } from "./time_text.ts";

const HOSTILE = `<img src=x onerror=alert(1)>"'&`;

Deno.test("diagram as HTML: a table with a row for each thing, directions and times in words", () => {
  const html = renderDiagram(diagramOf(PASSED), { caption: "a.pkt on sim" });
  assertEquals(html.match(/class="np-row /g)?.length, 9);
  assertStringIncludes(html, "<caption>a.pkt on sim</caption>");
  assertStringIncludes(html, "stack to runner:</span><b>S 0:0(0)</b>");
  assertStringIncludes(html, "runner to stack:</span><b>S. 9000:9000(0) ack 1</b>");
  assertStringIncludes(html, '<span class="np-since">+210 ms</span>0.220000');
  assertStringIncludes(html, "write(3, ..., 10) <b>= 10</b>");
});

Deno.test("diagram as HTML: one row is reached by Tab, all others by arrow keys", () => {
  const html = renderDiagram(diagramOf(PASSED), { caption: "" });
  assertEquals(html.match(/tabindex="0"/g)?.length, 1);
  assertEquals(html.match(/tabindex="-1"/g)?.length, 8);
});

Deno.test("diagram as HTML: the failing row says what failed, by words too", () => {
  const html = renderDiagram(diagramOf(REFUSED), { caption: "" });
  assertEquals(html.match(/np-failing/g)?.length, 1);
  assertStringIncludes(html, "<i>not what the line expects</i>");
  assertStringIncludes(html, "<i>expected, did not come so</i>");
  assertStringIncludes(html, "line 11: error handling packet");
});

Deno.test("diagram as HTML: what scripts and stacks say is text", () => {
  const run = {
    ...REFUSED,
    message: `x:1: ${HOSTILE}`,
    failure: { kind: "packet", expected: HOSTILE } as const,
    evidence: (["outbound", "call", "command", "code", "note"] as const).map((kind) => ({
      kind,
      time_us: 0,
      line: 1,
      text: HOSTILE,
      ...(kind === "outbound" ? { fate: "refused" as const } : {}),
    })),
  };
  const diagram = diagramOf(run);
  const html = renderDiagram(diagram, { caption: HOSTILE, stack: HOSTILE }) + diagram.rows.map(renderDetails).join("");
  assert(!html.includes("<img"), html);
  assert(html.split("&lt;img").length > 10, html);
});

Deno.test("details as HTML: every field of every header", () => {
  const { rows } = diagramOf(REFUSED);
  const html = renderDetails(rows.at(-1)!);
  for (const name of ["time to live", "header checksum", "window", "urgent pointer", "data offset", "octets"]) {
    assertStringIncludes(html, `<th scope="row">${name}</th>`);
  }
  assertStringIncludes(html, "<small> 1 from the SYN's</small>");
  assertStringIncludes(html, "octets 20 to 39");
});

Deno.test("times: in the unit that suits them", () => {
  assertEquals([80, 999, 1000, 210_000, 1_500_000, -2000, 0].map(spanText), [
    "80 µs",
    "999 µs",
    "1 ms",
    "210 ms",
    "1.5 s",
    "-2 ms",
    "0 µs",
  ]);
  assertEquals(secondsText(1_234_567), "1.234567");
});
