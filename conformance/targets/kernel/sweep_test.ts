/** What commands leave running, wherever it went, ends with the run. */
import { assert, assertEquals } from "@std/assert";
import { readKernelText } from "../../../host/kernel_file.ts";
import { GOOD, makeFolder, Running, withOutcome } from "../../cli/_testing.ts";
import { needed } from "../../../host/test_support.ts";

const NEEDS = { privilege: "namespace", programs: ["setsid", "grep", "wc"] } as const;
const EVENTS = GOOD.slice(GOOD.indexOf("\n") + 1);
/** A daemon in a session of its own, whose parent has ended, and one that it has started in another. */
const DAEMON = "(setsid sh -c 'setsid sleep 61 & echo $! >>pids; echo $$ >>pids; exec sleep 61' &); " +
  "while [ $(wc -l <pids) -lt 2 ]; do :; done";
/** Waits until none of them is left but as a dead one that nobody has asked about yet. */
const GONE = "for pid in $(cat pids); do i=0; while grep -q '^State:.[RSD]' /proc/$pid/status 2>/dev/null; do " +
  "sleep .05; i=$((i+1)); [ $i -lt 40 ] || exit 1; done; done";

const goesOn = (pid: number) => /^State:\s+[RSD]/m.test(readKernelText(`/proc/${pid}/status`) ?? "");

async function pidsIn(folder: string): Promise<number[]> {
  return (await Deno.readTextFile(`${folder}/pids`)).trim().split("\n").filter(Boolean).map(Number);
}

for (const [what, script] of [["passes", EVENTS], ["fails", EVENTS.replace("(8)", "(9)")]] as const) {
  Deno.test({
    ...needed(NEEDS, `sweep: the daemons of a script that ${what} are gone before the next script runs`),
    fn: () =>
      withOutcome(
        {
          "a.pkt": `\`${DAEMON}\`\n${script}`,
          "b.pkt": `\`${GONE}\`\n${EVENTS}`,
          pids: "",
        },
        [".", "--target", "kernel", "--jobs", "1"],
        async ({ code, out, folder }) => {
          assertEquals(code, what === "passes" ? 0 : 1, out);
          assert(/pass +b\.pkt/.test(out), out);
          const pids = await pidsIn(folder);
          assert(pids.length >= 2);
          assertEquals(pids.filter(goesOn), []);
        },
      ),
  });
}

Deno.test({
  ...needed(NEEDS, "sweep: after SIGKILL, too, daemons are gone"),
  fn: async () => {
    const folder = await makeFolder({
      "a.pkt": `\`${DAEMON}\`\n${EVENTS.replace("+0  write", "+60 write")}`,
      "b.pkt": `\`${DAEMON}; sleep 60\`\n${EVENTS}`,
      pids: "",
    });
    try {
      const running = new Running(folder, [".", "--target", "kernel"], {});
      while ((await pidsIn(folder)).length < 4) await new Promise((resolve) => setTimeout(resolve, 50));
      running.kill("SIGKILL");
      await running.done;
      const pids = await pidsIn(folder);
      for (let i = 0; i < 40 && pids.some(goesOn); i++) await new Promise((resolve) => setTimeout(resolve, 50));
      const left = pids.filter(goesOn);
      for (const pid of left) Deno.kill(pid, "SIGKILL");
      assertEquals(left, []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
