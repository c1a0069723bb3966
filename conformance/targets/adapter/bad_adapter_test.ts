/** Each kind of bad adapter: an error in words, in bounded time and memory, and nothing left. */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { readKernelText } from "../../../host/kernel_file.ts";
import { ExternalTarget } from "../external.ts";
import { probeKernel } from "../kernel/probe.ts";
import { TargetError, UnsupportedError } from "../target.ts";
import { worldOf } from "../test_peer.ts";
import type { AdapterPatience } from "./process.ts";
import { answering, shellAdapter } from "./_testing.ts";
import { needed } from "../../../host/test_support.ts";

const ignore = !probeKernel().available;
const PATIENCE: AdapterPatience = { hello_ms: 600, answer_ms: 300, command_ms: 500, end_ms: 300 };
/** No test here may take longer, ms: what is waited for is bounded. */
const BOUND_MS = 4000;

// The threads that make worlds take some time to start for the first time.
if (!ignore) {
  const command = { command: "sh", args: ["-c", shellAdapter("nothing", ":")] };
  const target = new ExternalTarget({ name: "good", command });
  await (await target.open(worldOf("ipv4"))).close();
  await target.close();
}

async function withAdapter(program: string, body: (target: ExternalTarget) => Promise<void>): Promise<void> {
  const command = { command: "sh", args: ["-c", program] };
  const target = new ExternalTarget({ name: "bad", command, patience: PATIENCE });
  const began = performance.now();
  try {
    await body(target);
  } finally {
    await target.close();
  }
  assert(performance.now() - began < BOUND_MS, `it took ${performance.now() - began} ms`);
}

/** What goes wrong when a world is opened and a call is made in it. */
async function failure(target: ExternalTarget): Promise<Error> {
  const session = await target.open(worldOf("ipv4")).catch((error: Error) => error);
  if (session instanceof Error) return session;
  try {
    await session.start();
    return await session.call({ name: "socket", domain: 2, type: 2, protocol: 17 }).settled.then(
      () => new Error("nothing went wrong"),
      (error) => error,
    );
  } finally {
    await session.close();
  }
}

const SILENT = "echo thinking >&2";
const FLOOD = `x=${
  "0123456789abcdef".repeat(64)
}; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x; while :; do printf %s "$x"; done`;

for (
  const [kind, program, message] of [
    ["is silent on hello", shellAdapter("hello", SILENT), /did not answer hello for 0\.6 s; it said:\nthinking/],
    ["is silent on open", shellAdapter("open", SILENT), /did not answer open for 0\.3 s; it said:\nthinking/],
    ["is silent on a call", shellAdapter("call", SILENT), /did not answer socket for 0\.3 s; it said:\nthinking/],
    ["says no JSON", "echo 'segmentation fault'; read -r _", /not JSON: segmentation fault$/],
    [
      "says what is no answer",
      shellAdapter("call", answering({ type: "nonsense" })),
      /what is not an answer.*"nonsense"/,
    ],
    ["answers something else", shellAdapter("open", answering({ type: "closed" })), /it answered open with closed/],
    [
      "says blocked twice",
      shellAdapter("call", `${answering({ type: "blocked" })};${answering({ type: "blocked" })}`),
      /it answered socket with blocked/,
    ],
    [
      "answers twice",
      shellAdapter("open", `${answering({ type: "opened" })};${answering({ type: "opened" })}`),
      /waits for no answer/,
    ],
    [
      "speaks another version",
      shellAdapter("hello", answering({ type: "hello", protocol: 9, stack: "s" })),
      /version 9/,
    ],
    [
      "gives an impossible result",
      shellAdapter("call", answering({ type: "returned", outcome: { result: -7 } })),
      /socket: result -7/,
    ],
    [
      "gives an impossible time",
      shellAdapter("call", answering({ type: "returned", time_us: 12, outcome: { result: 3 } })),
      /socket: time_us 12 is \d+ µs before it was asked/,
    ],
    [
      "dies on a call",
      shellAdapter("call", "echo out of cheese >&2; exit 3"),
      /ended with status 3; it said:\nout of cheese/,
    ],
    ["dies on hello", "echo no licence >&2; exit 4", /ended with status 4; it said:\nno licence/],
    ["closes its output", "exec >&-; while :; do sleep 1; done", /was ended because it closed its standard output/],
    [
      "closes its input",
      shellAdapter("open", `exec <&-; ${answering({ type: "opened" })}; while :; do sleep 1; done`),
      /was ended because it closed its standard input/,
    ],
    ["floods without a line end", FLOOD, /a line of more than 16 MiB/],
    ["floods standard error", `(${FLOOD}) >&2`, /did not answer hello for 0\.6 s; it said:\n…[0-9a-f]{2000}$/],
    [
      "says what is nested 30,000 deep",
      shellAdapter(
        "call",
        `printf '{"id":%s,"type":"returned","outcome":${"[".repeat(30_000)}${"]".repeat(30_000)}}\n' "$id"`,
      ),
      /what is not an answer/,
    ],
    ["says NUL and what is no UTF-8", "printf '\\000\\377\\376{\\n'; read -r _", /not JSON: /],
    [
      "gives a number beyond all",
      shellAdapter("call", `printf '{"id":%s,"type":"returned","outcome":{"result":1e999}}\n' "$id"`),
      /what is not an answer/,
    ],
    ["floods with blank lines", "while :; do echo; done", /did not answer hello/],
    [
      "fails with many words",
      shellAdapter("call", answering({ type: "error", message: "x".repeat(100_000) })),
      /failed at socket: x{1000}… \(100000 characters\)$/,
    ],
  ] as const
) {
  Deno.test({
    name: `bad adapter: one that ${kind} is a target's error`,
    ignore,
    fn: () =>
      withAdapter(program, async (target) => {
        const error = await failure(target);
        assert(error instanceof TargetError, `${error.name}: ${error.message}`);
        assertMatch(error.message, message);
        assert(error.message.length < 2500, "long words are cut");
      }),
  });
}

Deno.test({
  name: "bad adapter: one that does not answer close is ended, and the next world gets another",
  ignore,
  fn: () =>
    withAdapter(shellAdapter("close", SILENT), async (target) => {
      for (let i = 0; i < 2; i++) assertStringIncludes((await failure(target)).message, "nothing went wrong");
    }),
});

Deno.test({
  name: "bad adapter: one that never does anything is not started again and again",
  ignore,
  fn: () =>
    withAdapter(shellAdapter("open", SILENT), async (target) => {
      const messages: string[] = [];
      for (let i = 0; i < 6; i++) messages.push((await failure(target)).message);
      assertEquals(messages.map((each) => each.includes("it is not started again")), [
        false,
        false,
        false,
        true,
        true,
        true,
      ]);
    }),
});

Deno.test({
  name: "bad adapter: what ends a run of its own does not end the others, and what dies takes them along",
  ignore,
  fn: () =>
    withAdapter(shellAdapter("counters", SILENT), async (target) => {
      const [one, other] = [await target.open(worldOf("ipv4")), await target.open(worldOf("ipv4"))];
      await assertRejects(() => one.counters(), TargetError, "did not answer counters");
      assertEquals(
        await other.call({ name: "pipe" }).settled.catch((error) => error.message),
        "the adapter of bad: pipe: no descriptors (two in fds)",
      );
      assertEquals((await other.call({ name: "close", fd: 3 }).settled).result, 0);
      await one.close();
      await other.close();
    }),
});

Deno.test({
  name: "bad adapter: what a stack lacks is named",
  ignore,
  fn: async () => {
    const refused = answering({ type: "error", message: "not yet", unsupported: true });
    await withAdapter(shellAdapter("call", refused), async (target) => {
      const error = await failure(target);
      assert(error instanceof UnsupportedError);
      assertEquals(error.message, "socket: not yet");
    });
    await withAdapter(
      shellAdapter("call", answering({ type: "returned", outcome: { result: -1, errno: 38 } })),
      async (target) => {
        const error = await failure(target);
        assert(error instanceof UnsupportedError);
        assertEquals(error.message, "socket, which the stack does not have (ENOSYS)");
      },
    );
  },
});

Deno.test({
  ...needed(
    { privilege: "namespace", programs: ["setsid"] },
    "bad adapter: nothing that it started is left when it is ended",
  ),
  fn: async () => {
    const said = await Deno.makeTempFile();
    const daemon = `setsid sh -c 'echo $$ >${said}; exec sleep 60' & while [ ! -s ${said} ]; do :; done`;
    await withAdapter(shellAdapter("call", `${daemon}; echo nonsense`), async (target) => {
      assert(await failure(target) instanceof TargetError);
    });
    const pid = Number(await Deno.readTextFile(said));
    await Deno.remove(said);
    assertEquals(/^State:\s+[RSD]/m.test(readKernelText(`/proc/${pid}/status`) ?? ""), false, `${pid} goes on`);
  },
});
