import { assert, assertEquals } from "@std/assert";
import { Sysctl } from "../../../stack/sysctl.ts";
import { KernelTarget } from "../kernel.ts";
import { probeKernel } from "../kernel/probe.ts";
import { worldOf } from "../test_peer.ts";
import type { Answers, Questions } from "./_sysctl_writer.ts";

/** The Linux whose settings the table has: others have other ranges. */
const RECORDED = "6.18.";
const ignore = !probeKernel().available || !Deno.osRelease().startsWith(RECORDED);

/** Texts that are written to each setting, besides the ends of its range and what lies beyond. */
const TEXTS = [
  ..."-1 0 1 2 3 255 256 65535 65536 2147483647 2147483648 4294967295 4294967296 18446744073709551616".split(" "),
  ..."abc 0x10 010 08 1k +1 - 1.5 1,2 1-5 5-1".split(" "),
  ...["", " ", "1 2", "2 1", "1 x", "5\t6\t7\t8", " 7 ", "\n7"],
];
/** Settings that are not compared, and why. */
const APART: Readonly<Record<string, string>> = {
  "net.core.rps_default_mask": "Linux takes the low bits of a mask that it refuses; how many depends on the machine",
  "net.ipv4.tcp_congestion_control": "what there is depends on the machine",
};

function path(name: string): string {
  return `/proc/sys/${name.replaceAll(".", "/")}`;
}

function textsFor(sysctl: Sysctl, name: string): readonly string[] {
  const { min, max } = sysctl.entry(name);
  const ends = [min - 1, min, max, max + 1].filter(Number.isSafeInteger).map(String);
  return [...new Set([...TEXTS, ...ends])];
}

async function askKernel(questions: Questions): Promise<Answers> {
  const folder = await Deno.makeTempDir();
  const target = new KernelTarget();
  try {
    await Deno.writeTextFile(`${folder}/questions`, JSON.stringify(questions));
    const session = await target.open(worldOf("ipv4", folder));
    try {
      const writer = new URL("./_sysctl_writer.ts", import.meta.url).pathname;
      // Deno lets nobody write below /proc with less.
      const command = `'${Deno.execPath()}' run --no-config --no-lock --allow-all '${writer}' questions answers`;
      const outcome = await session.command(command);
      assertEquals(outcome.status, 0, outcome.output);
    } finally {
      await session.close();
    }
    return JSON.parse(await Deno.readTextFile(`${folder}/answers`)) as Answers;
  } finally {
    await target.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: `sysctl: the kernel takes, refuses and shows what the table does (asked of Linux ${RECORDED}x only)`,
  ignore,
  async fn() {
    const sysctl = new Sysctl();
    const names = sysctl.names().filter((name) => APART[name] === undefined && sysctl.readError(name) === 0);
    const answers = await askKernel(Object.fromEntries(names.map((name) => [path(name), textsFor(sysctl, name)])));
    const differences: string[] = [];
    let compared = 0;
    for (const name of names) {
      const own = answers[path(name)];
      if (own === null || own === undefined) continue;
      compared++;
      for (const [i, text] of textsFor(sysctl, name).entries()) {
        const [before, errno, after] = own[i]!;
        // What a new world has, and what other writes have left, is the kernel's own affair.
        sysctl.force(name, before);
        const status = -sysctl.set(name, `${text}\n`);
        const now = sysctl.get(name);
        if (status !== errno || now !== after) {
          differences.push(`${name} = ${JSON.stringify(text)}: ${status} "${now}", the kernel ${errno} "${after}"`);
        }
        sysctl.set(name, before);
      }
    }
    // Linux built with another number of ticks in a second rounds times otherwise.
    const otherTicks = differences.some((line) => line.startsWith('net.ipv4.icmp_ratelimit = "1"'));
    const inTicks = (line: string) => ["ms", "ticks", "seconds"].includes(sysctl.entry(line.split(" ")[0]!).kind);
    assertEquals(differences.filter((line) => !(otherTicks && inTicks(line))), []);
    assert(compared > 300, `${compared} settings compared`);
  },
});
