import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { needing } from "../../host/test_support.ts";
import { UnsupportedError } from "../targets/target.ts";
import type { CodeJob, CodeOutcome } from "../timeline/code_runner.ts";
import { PythonRunner } from "../timeline/python.ts";
import { SmallPython } from "./small_python.ts";

const VARIABLES = { tcpi_snd_cwnd: 10, tcpi_rtt: 100_250, tcpi_options: 7, TCPI_OPT_SACK: 2, zero: 0 };

function jobOf(...texts: readonly string[]): CodeJob {
  const blocks = texts.map((text, i) => ({ line: i + 1, text, variables: VARIABLES }));
  return { blocks, path: "/tmp/x.pkt", cwd: "/tmp", limit_ms: 10_000 };
}

const run = (...texts: readonly string[]): Promise<CodeOutcome> => new SmallPython().run(jobOf(...texts));

Deno.test("blocks are one program; the first assertion that does not hold ends it, with its line and message", async () => {
  assertEquals(await run("cwnd = tcpi_snd_cwnd", "cwnd += 2; assert cwnd == 12, cwnd"), {
    status: 0,
    line: undefined,
    error: "",
    output: "",
  });
  const outcome = await run("print('seen', tcpi_rtt)", "assert tcpi_snd_cwnd == 20, 'cwnd=%d' % tcpi_snd_cwnd");
  assertEquals(outcome, { status: 1, line: 2, error: "AssertionError: cwnd=10", output: "seen 100250\n" });
  assertEquals((await run("assert tcpi_snd_cwnd == 20")).error, "AssertionError");
  assertEquals((await run("tcpi_snd_cwnd = 3", "assert tcpi_snd_cwnd == 10")).status, 0);
});

Deno.test("blocks as corpora write them", async () => {
  for (
    const text of [
      "\nassert 95000 <= tcpi_rtt <= 105000, tcpi_rtt\nassert tcpi_snd_cwnd == 10 # as it was\n",
      "assert (tcpi_options & TCPI_OPT_SACK) != 0, tcpi_options;",
      "assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd; \\\n\t assert zero == 0",
      "if tcpi_snd_cwnd > 5:\n  x = 1\nelif zero: x = 2\nelse:\n  x = 3\nassert x == 1",
      "assert abs(tcpi_rtt - 100*1000) < 0.01 * tcpi_rtt and not zero",
      "TCP_INFINITE_SSTHRESH = 0x7fffffff",
      "assert tcpi_snd_cwnd in (9, 10), (tcpi_snd_cwnd, 'cwnd')",
      "assert () * 2**53 == () and '' * 2**53 == '' and [] * -1 == []",
    ]
  ) assertEquals(await run(text), { status: 0, line: undefined, error: "", output: "" }, text);
});

Deno.test("what is not understood is named, and nothing of the script's code is run", async () => {
  const constructs: readonly (readonly [text: string, construct: string])[] = [
    ["f = lambda x: x", "a lambda expression"],
    ["for i in (1, 2): pass", "a for loop"],
    ["while True: pass", "a while loop"],
    ["import os", "an import"],
    ["def f():\n  pass", "a function definition"],
    ["assert f'{tcpi_rtt}'", "a string with the prefix f"],
    ["assert 'x'.upper() == 'X'", "the attribute .upper"],
    ["assert sorted([1])", "sorted()"],
    ["x = {}", "a dictionary or a set"],
    ["print(1, end='')", "keyword arguments"],
    ["assert [x for x in (1,)]", "a comprehension"],
    ["assert 'abc'[1:] == 'bc'", "a slice"],
    ["assert tcpi_rtt ==", "a line that ends too early"],
    [`assert ${"(".repeat(5000)}1${")".repeat(5000)}`, "code nested this deep"],
    ["x = 'a' * 10**9", "a text or list this long"],
    ["x = 10 ** 10 ** 10", "a power this large"],
    ["assert 1 << 10 ** 9", "a shift this far"],
    ["assert tcpi_rtt ? 1 : 2", 'the character "?"'],
  ];
  for (const [text, construct] of constructs) {
    const error = await assertRejects(() => run("assert tcpi_rtt == 0 or True", text), UnsupportedError);
    assertEquals(error.message, `the code block of line 2 has ${construct}, which needs Python itself`);
  }
});

const literal = fc.oneof(
  fc.constantFrom(
    "0",
    "1",
    "-3",
    "7",
    "0x1f",
    "1_000",
    "2**53",
    "2**64",
    "True",
    "False",
    "0.5",
    "-2.25",
    "1e3",
    "1e-7",
    "1e16",
  ),
  fc.constantFrom("tcpi_snd_cwnd", "tcpi_rtt", "tcpi_options", "zero", "unknown"),
  fc.constantFrom("'ab'", '"x y"', "''", "None", "(1, 2)", "[3, 0.5]", "()", "'%d' ", "'%05.1f|%-4s'", "'%x %r'"),
);
const OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "&", "|", "^", "<<", ">>", "==", "!=", "<", "<=", ">", ">="];
const expression = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    literal,
    fc.tuple(tie("any"), fc.constantFrom(...OPERATORS, "and", "or", "in", "not in"), tie("any"))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc.tuple(tie("any"), fc.constantFrom(...OPERATORS), tie("any")).map((parts) => parts.join(" ")),
    fc.tuple(fc.constantFrom("-", "~", "+", "not "), tie("any")).map(([operator, value]) => `${operator}(${value})`),
    fc.tuple(
      fc.constantFrom("abs", "len", "str", "repr", "bool", "int", "float", "round", "sum", "hex"),
      tie("any"),
    ).map(([name, value]) => `${name}(${value})`),
    fc.tuple(fc.constantFrom("min", "max"), tie("any"), tie("any")).map(([name, one, two]) =>
      `${name}(${one}, ${two})`
    ),
    fc.tuple(tie("any"), tie("any"), tie("any")).map(([yes, condition, no]) => `(${yes} if ${condition} else ${no})`),
    fc.tuple(tie("any"), tie("any")).map(([of, index]) => `(${of})[${index}]`),
  ),
})).any;

needing({ programs: ["python3"] }, "what is understood is what Python makes of it", async () => {
  const python = new PythonRunner();
  let understood = 0;
  let other = 0;
  await fc.assert(
    fc.asyncProperty(expression, async (text) => {
      const program = `x = ${text}\nprint(x, repr(x))`;
      let ours: CodeOutcome;
      try {
        ours = await run(program);
      } catch (error) {
        assert(error instanceof UnsupportedError);
        other++;
        return;
      }
      understood++;
      const theirs = await python.run(jobOf(program));
      assertEquals(ours.error.split(":")[0], theirs.error.split(":")[0], `${text}: ${theirs.error}`);
      // Newer Pythons look at the text, too.
      const output = theirs.output.replace(/^<script>:.*SyntaxWarning: .*\n/gm, "");
      if (theirs.status === 0) assertEquals(ours.output, output, text);
    }),
    { numRuns: 3000 },
  );
  await python.close();
  assert(understood > 5 * other, `${understood} understood, ${other} not`);
});
