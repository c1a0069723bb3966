import { assertEquals } from "@std/assert";
import { withoutCommands } from "./no_commands.ts";
import { planText } from "./plan.ts";

const SOCKET = "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n";

/** Why a script is not run, or undefined where it is. */
function refusal(text: string): string | undefined {
  const [run] = planText({ path: "a.pkt", text }, "ipv4");
  const kept = withoutCommands(run!);
  if (kept.kind === "ready") return undefined;
  return kept.skip ? kept.message : `broken: ${kept.message}`;
}

for (
  const [where, text, message] of [
    ["before the events", `\`rm a\`\n${SOCKET}`, "a.pkt:1: not run (--no-commands): `rm a`"],
    ["among the events", `${SOCKET}+0 \`rm a\`\n`, "a.pkt:2: not run (--no-commands): `rm a`"],
    ["behind the events", `${SOCKET}\n\`rm\n a\`\n`, "a.pkt:3: not run (--no-commands): `rm a`"],
    [
      "in an init script",
      `--init_scripts="rm.sh,b.sh"\n${SOCKET}`,
      "a.pkt:1: not run (--no-commands): `rm.sh` and 1 more",
    ],
    [
      "in Python code",
      `${SOCKET}+0 %{ import os; os.remove("a") }%\n`,
      'a.pkt:2: not run (--no-commands): %{ import os; os.remove("a") }%',
    ],
    [
      "by opening a file",
      `${SOCKET}+0 open("a", O_RDONLY) = 4\n`,
      'a.pkt:2: not run (--no-commands): open("a", O_RDONLY) = 4',
    ],
    [
      "at several places",
      `\`rm a\`\n${SOCKET}+0 %{ 1 }%\n+0 \`rm b\`\n\`rm c\`\n`,
      "a.pkt:1: not run (--no-commands): `rm a` and 3 more",
    ],
  ] as const
) {
  Deno.test(`no commands: a script that does something ${where} is not run`, () => {
    assertEquals(refusal(text), message);
  });
}

Deno.test("no commands: scripts that only use their sockets, or read zeros, are run", () => {
  assertEquals(refusal(SOCKET), undefined);
  assertEquals(refusal(`${SOCKET}+0 open("/dev/zero", O_RDONLY) = 4\n`), undefined);
});

Deno.test("no commands: a script that can't be parsed stays one", () => {
  assertEquals(refusal("0 > > `rm a`")?.startsWith("broken: a.pkt:1:"), true);
});
