import { assertEquals } from "@std/assert";
import { needing } from "../../../host/test_support.ts";
import { readKernelText } from "../../../host/kernel_file.ts";
import { bashStartup, FEWER_PROCESSES, FUNCTIONS } from "./bash_startup.ts";

/** What bash does with `commands` behind the function, where a program `sysctl` tells its arguments and fails. */
async function bash(commands: string): Promise<{ lines: string[]; code: number }> {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/sysctl`, '#!/bin/sh\necho "program: $*"\nexit 3\n', { mode: 0o755 });
    const { stdout, code } = await new Deno.Command("/bin/bash", {
      args: ["-c", `${FUNCTIONS}\n${commands}`],
      env: { PATH: `${directory}:/usr/bin:/bin` },
      clearEnv: true,
      stderr: "null",
    }).output();
    return { lines: new TextDecoder().decode(stdout).split("\n").slice(0, -1), code };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

needing(
  { programs: ["/bin/bash"] },
  "bash startup: what is not the plain case, and what fails, is left to the program and its exit status",
  async () => {
    const calls = [
      "sysctl net.ipv4.tcp_sack=1",
      "sysctl -q kernel.hostname=x",
      "sysctl -q net.ipv4.no_such_setting=1",
      "sysctl -q net.ipv4.tcp_sack",
      "sysctl -qw net.ipv4.tcp_sack=1",
      "sysctl -q",
      "sysctl -q 'net.ipv4.tcp_rmem=1 2 3 '",
      "sysctl -q net.ipv4.tcp_sack=no-number",
      "sysctl -q net.ipv4/conf/all/forwarding=1",
      "sysctl",
    ];
    for (const call of calls) {
      const program = `program: ${call.replace(/^sysctl ?/, "").replaceAll("'", "")}`;
      assertEquals(await bash(call), { lines: [program], code: 3 }, call);
    }
  },
);

Deno.test("bash startup: a file that the user has Bash read stays; else it is ours", () => {
  assertEquals(bashStartup(false, ["A=1", "BASH_ENV=/etc/own"]), {});
  assertEquals(readKernelText(bashStartup(false, ["A=1"])["BASH_ENV"]!), FUNCTIONS);
});

needing(
  { programs: ["/bin/bash"] },
  "bash startup: with fewer processes, a setting that is not there is told and noted as the program would, and others are made",
  async () => {
    const directory = await Deno.makeTempDir();
    try {
      const noted = `${directory}/noted`;
      await Deno.mkdir(`${directory}/programs/ip`, { recursive: true });
      await Deno.mkdir(`${directory}/real`);
      for (const program of ["ip", "sysctl"]) {
        await Deno.writeTextFile(`${directory}/real/${program}`, '#!/bin/sh\necho "real $*"\necho no >&2\nexit 2\n', {
          mode: 0o755,
        });
      }
      const { stdout, stderr } = await new Deno.Command("/bin/bash", {
        args: [
          "-c",
          `${FUNCTIONS}${FEWER_PROCESSES}
           sysctl -q net.ipv4.no_such=1; echo $?
           sysctl -q net.ipv4.no_such=1 2>/dev/null
           ip route add x; echo $?
           ip route show; echo $?
           ip route add y 2>/dev/null`,
        ],
        env: {
          PATH: `${directory}/programs/ip:${directory}/real:/usr/bin:/bin`,
          NETPROOF_PATH: `${directory}/real:/usr/bin:/bin`,
          NETPROOF_REFUSED: noted,
        },
        clearEnv: true,
      }).output();
      const lines = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim().split("\n");
      const why = "sysctl: cannot stat /proc/sys/net/ipv4/no_such: No such file or directory";
      assertEquals(lines(stdout), ["1", "real route add x", "2", "real route show", "2", "real route add y"]);
      assertEquals(lines(stderr), [why, "no", "no"]);
      assertEquals((await Deno.readTextFile(noted)).trim().split("\n"), [
        `refused\tsysctl -q net.ipv4.no_such=1\t${why}`,
        "refused\tip route add x\tno",
      ]);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);
