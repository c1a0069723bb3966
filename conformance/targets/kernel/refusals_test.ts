import { assertEquals } from "@std/assert";
import { run } from "../../../host/process.ts";
import { Reactor } from "../../../host/reactor.ts";
import { bashStartup } from "./bash_startup.ts";
import { type Refusal, Refusals } from "./refusals.ts";

interface Ran {
  readonly code: number;
  readonly output: string;
  readonly noted: Refusal[];
}

/** What `sh` does with a command where only the programs in `programs` are installed, and what it has noted. */
async function ran(command: string, programs: Readonly<Record<string, string>>): Promise<Ran> {
  const folder = await Deno.makeTempDir();
  using reactor = new Reactor();
  try {
    for (const [name, text] of Object.entries(programs)) {
      await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
    const refusals = new Refusals(folder);
    const env = { ...bashStartup(false, []), ...refusals.env };
    const { code, output } = await run({ command: "/bin/sh", args: ["-c", command], env, clearEnv: true }, reactor);
    const noted = refusals.take();
    refusals.close();
    return { code, output, noted };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const FAILS = 'echo "$0 says no" | { read -r line; echo "${line##*/}" >&2; }; exit 3';

Deno.test("refusals: what ip, tc and ethtool refuse is noted, and they are as without us", async () => {
  const programs = { ip: FAILS, tc: 'echo "out $*"; exit 0', ethtool: FAILS };
  assertEquals(await ran("ip route add default", programs), {
    code: 3,
    output: "ip says no\n",
    noted: [{ kind: "refused", command: "ip route add default", why: "ip says no" }],
  });
  assertEquals(await ran("tc qdisc add 'x  y'", programs), { code: 0, output: "out qdisc add x  y\n", noted: [] });
  assertEquals((await ran("ethtool -K x tso off; true", programs)).noted.length, 1);
});

Deno.test("refusals: a script that does not want to hear of it, a query, and what is taken away are none", async () => {
  const programs = { ip: FAILS, tc: FAILS };
  assertEquals((await ran("ip route add default 2>/dev/null", programs)).noted, []);
  assertEquals((await ran("ip route show", programs)).noted, []);
  assertEquals((await ran("tc qdisc del dev x root", programs)).noted, []);
});

Deno.test("refusals: a program that is not installed stays missing", async () => {
  assertEquals((await ran("ip link add x", {})).code, 127);
  assertEquals((await ran("command -v tc || echo none", {})).output, "none\n");
});

Deno.test("refusals: sysctl works without a program of that name, and notes what is refused", async () => {
  const programs = { cat: 'exec /bin/cat "$@"' };
  const value = (await ran("cat /proc/sys/net/ipv4/tcp_sack", programs)).output.trim();
  assertEquals(await ran("sysctl net.ipv4.tcp_sack; sysctl -n net/ipv4/tcp_sack", programs), {
    code: 0,
    output: `net.ipv4.tcp_sack = ${value}\n${value}\n`,
    noted: [],
  });
  assertEquals(await ran("sysctl -q net.ipv4.tcp_nosuch=1", programs), {
    code: 1,
    output: "sysctl: cannot stat /proc/sys/net/ipv4/tcp_nosuch: No such file or directory\n",
    noted: [{
      kind: "refused",
      command: "sysctl net.ipv4.tcp_nosuch=1",
      why: "cannot stat /proc/sys/net/ipv4/tcp_nosuch: No such file or directory",
    }],
  });
  assertEquals((await ran("sysctl -e -q net.ipv4.tcp_nosuch=1", programs)).noted, []);
  assertEquals((await ran("sysctl -q net.ipv4.tcp_sack=no-number", programs)).noted.length, 1);
  assertEquals((await ran("sysctl --system", programs)).code, 127);
});

Deno.test("refusals: where there is a program sysctl, it says what was refused", async () => {
  assertEquals(await ran("sysctl -q net.ipv4.tcp_nosuch=1", { sysctl: FAILS }), {
    code: 3,
    output: "sysctl says no\n",
    noted: [{ kind: "refused", command: "sysctl -q net.ipv4.tcp_nosuch=1", why: "sysctl says no" }],
  });
});
