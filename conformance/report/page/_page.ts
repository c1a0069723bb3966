/** A results document that has some of everything, for tests. */
import { OPENING, REFUSED } from "../diagram/_runs.ts";
import type { Results, RunResult } from "../results.ts";
import { parseResults } from "../results_schema.ts";

/** What nobody wants to see come alive. */
export const HOSTILE = `<img src=x onerror="document.title='owned'">`;

const plain: RunResult = {
  script: "fixtures/a.pkt",
  variant: "ipv4",
  target: "sim",
  verdict: "pass",
  duration_us: 1500,
  message: "",
  requirements: ["RFC9293-MUST-1", "RFC791-x"],
  evidence: OPENING,
};

/** Two targets, four scripts, one with a hostile name, text and message. */
export const RESULTS: Results = parseResults({
  schema: 1,
  environment: {
    netproof: "0",
    deno: "2",
    os: "linux",
    kernel: "linux 6",
    started: "2026-01-01T00:00:00Z",
    targets: { sim: "a stack", kernel: `Linux ${HOSTILE}` },
    left_out: [{ target: "tun", reason: "no root", remedy: "Use sudo." }],
    command: ["fixtures"],
  },
  runs: [
    plain,
    {
      ...plain,
      target: "kernel",
      ...REFUSED,
      trace: [
        { time_us: 0, connection: "1", snd_cwnd: 10 },
        { time_us: 9000, connection: "1", snd_cwnd: 12, in_flight: 3 },
      ],
    },
    { ...plain, variant: "ipv6", duration_us: 9_000_000 },
    { ...plain, script: "fixtures/b.pkt", requirements: ["RFC791-x"], verdict: "skip", message: "needs Ethernet" },
    { ...plain, script: "fixtures/b.pkt", target: "kernel", requirements: ["RFC791-x"] },
    { ...plain, script: HOSTILE, requirements: [HOSTILE], verdict: "error", message: `${HOSTILE}:1: ${HOSTILE}` },
    {
      ...plain,
      script: "fixtures/c.pkt",
      verdict: "expected-fail",
      message: "fixtures/c.pkt:3: no",
      line: 3,
      reason: "RFC9293-MUST-1: as Linux",
      clause: "RFC9293-MUST-1",
    },
  ],
  requirements: [
    {
      id: "RFC9293-MUST-1",
      document: "RFC 9293",
      section: "3.1",
      level: "MUST",
      text: "Ports are shown",
      standings: { sim: "deviates", kernel: "fail" },
    },
    {
      id: "RFC791-x",
      document: "RFC 791",
      section: "2",
      level: "SHOULD",
      text: "A thing",
      standings: { sim: "pass", kernel: "pass" },
    },
    {
      id: "RFC9293-y",
      document: "RFC 9293",
      section: "4",
      level: "MAY",
      text: HOSTILE,
      standings: { sim: "not covered", kernel: "not observable" },
    },
  ],
});

/** Texts of the scripts. */
export function source(script: string): string | undefined {
  if (script === "fixtures/c.pkt") return undefined;
  return `// title: Title of ${script}\n// </script><script>document.title='owned'</script>\n\n${HOSTILE}\n` +
    Array.from({ length: 9 }, (_, i) => `+0 line ${i + 5}\n`).join("");
}
