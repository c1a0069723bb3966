import { assertEquals, assertMatch } from "@std/assert";
import { lackOf, missingProgram, unknownSettings } from "./lack.ts";
import type { Refusal } from "./refusals.ts";

function lack(text: string, output: string, refusals: readonly Refusal[] = [], status = 0): string | undefined {
  const found = lackOf({ text, cwd: "/nonexistent", outcome: { status, signal: undefined, output }, refusals });
  return found && [found.what, found.remedy].filter((part) => part !== undefined).join(": ");
}

Deno.test("lack: a program that is missing is named, with its package where it is known, whatever the status", () => {
  for (const status of [0, 127]) {
    const missing = (output: string) => lack("./set-up", output, [], status);
    assertEquals(missing("sh: 1: ip: not found\n"), "the program ip is missing here: install iproute2");
    assertEquals(missing("x\n./a.sh: 12: tc: not found\ny\n"), "the program tc is missing here: install iproute2");
    assertEquals(missing("bash: line 1: x: command not found"), "the program x is missing here");
    assertEquals(
      missing("/usr/bin/env: ‘python3’: No such file or directory\n"),
      "the program python3 is missing here: install python3",
    );
    assertEquals(
      missing("Traceback …\nFileNotFoundError: [Errno 2] No such file or directory: 'ethtool'\n"),
      "the program ethtool is missing here: install ethtool",
    );
    assertEquals(missing("sh: 1: ./a.sh: not found\n"), "there is no ./a.sh in /nonexistent: see --cwd");
  }
  assertEquals(
    lack("x", "", [{ kind: "missing", program: "nstat" }]),
    "the program nstat is missing here: install iproute2",
  );
});

Deno.test("lack: a congestion control that the kernel lacks or does not allow is named, and what to do", () => {
  const why = 'sysctl: setting key "net.ipv4.tcp_congestion_control": No such file or directory';
  const refused = (setting: string) =>
    lack("./set-up", "", [{ kind: "refused", command: `sysctl -q ${setting}`, why }]);
  assertMatch(
    refused("net.ipv4.tcp_congestion_control=nosuch")!,
    /^this kernel has no congestion control nosuch \(it has .*reno.*\): modprobe tcp_nosuch$/,
  );
  assertMatch(
    refused('net.ipv4.tcp_congestion_control="reno"')!,
    /not reno: as root on the host, sysctl net\.ipv4\.tcp_allowed_congestion_control=".* reno"$/,
  );
});

Deno.test("lack: what else was refused is told as its program told it", () => {
  const refused = (command: string, why: string) => lack("./set-up", "", [{ kind: "refused", command, why }]);
  assertEquals(
    refused("tc qdisc replace dev tun0 root fq", "Error: Specified qdisc kind is unknown."),
    "this kernel has no queueing discipline fq: modprobe sch_fq, or a kernel with CONFIG_NET_SCH_FQ",
  );
  assertEquals(
    refused("sysctl -q net.ipv4.tcp_x=1", "sysctl: cannot stat /proc/sys/net/ipv4/tcp_x: No such file or directory"),
    "this kernel has no setting net.ipv4.tcp_x: it takes another kernel, or one of its modules",
  );
  assertEquals(
    refused("ip route add default via 10.0.0.1", "RTNETLINK answers: Operation not permitted"),
    "`ip route add default via 10.0.0.1` was refused: RTNETLINK answers: Operation not permitted: run as root of this machine",
  );
});

Deno.test("lack: a write into /proc/sys that fails is one too", () => {
  const text = "echo 1 > /proc/sys/net/ipv4/tcp_x";
  assertEquals(
    lack(text, "sh: 1: cannot create /proc/sys/net/ipv4/tcp_x: Directory nonexistent\n"),
    "this kernel has no setting net.ipv4.tcp_x: it takes another kernel, or one of its modules",
  );
  assertEquals(
    lack(text, "bash: line 1: /proc/sys/net/ipv4/tcp_x: Permission denied\n"),
    "a write to /proc/sys/net/ipv4/tcp_x was refused: Permission denied: run as root of this machine",
  );
  assertEquals(lack(text, "sh: 1: echo: echo: I/O error\n"), "a write to /proc/sys was refused: I/O error");
  assertMatch(
    lack("./set.py /proc/sys/net/ipv4/tcp_congestion_control=nosuch", "sh: 1: echo: echo: I/O error\n")!,
    /^this kernel has no congestion control nosuch/,
  );
});

Deno.test("lack: what a script expects, and what says enough itself, is none", () => {
  assertEquals(lack("false", "", [], 1), undefined);
  assertEquals(lack("grep x", "x: not found\n", [], 1), undefined);
  const refusal: Refusal = { kind: "refused", command: "sysctl net.x=1", why: "no" };
  assertEquals(lack("sysctl net.x=1 || true", "sysctl: no\n", [refusal]), undefined);
  assertEquals(lack("nosuch || true", "sh: 1: nosuch: not found\n"), undefined);
  // An alternative that fails is told.
  assertEquals(lack("sysctl net.x=1 || exit 3", "", [refusal], 3), "`sysctl net.x=1` was refused: no");
});

Deno.test("lack: a setting that a kernel chosen to be tested does not have is a fact about it; what else it lacks is not", () => {
  const refusal = (command: string, why: string): Refusal => ({ kind: "refused", command, why });
  const unknown = refusal(
    "sysctl -q net.ipv4.new=1",
    "sysctl: cannot stat /proc/sys/net/ipv4/new: No such file or directory",
  );
  const other = refusal("tc qdisc add dev tun0 root x", "Error: Specified qdisc kind is unknown.");
  const of = (refusals: readonly Refusal[], chosen: boolean) =>
    lackOf({ text: "x", cwd: "/", outcome: { status: 0, signal: undefined, output: "" }, refusals }, chosen)?.what;
  assertEquals(of([unknown], false), "this kernel has no setting net.ipv4.new");
  assertEquals(of([unknown], true), undefined);
  assertEquals(of([unknown, other], true), "this kernel has no queueing discipline x");
  assertEquals(unknownSettings({ refusals: [unknown, other, unknown] }), ["net.ipv4.new"]);
});

Deno.test("lack: the first program that no folder of the search path has", () => {
  assertEquals(missingProgram(["sh"], "/nowhere::/bin"), undefined);
  assertEquals(missingProgram([], ""), undefined);
  assertEquals(missingProgram(["sh", "tc", "ip"], "/nowhere"), {
    what: "the program sh is missing here",
  });
  assertEquals(missingProgram(["tc"], "/nowhere"), {
    what: "the program tc is missing here",
    remedy: "install iproute2",
  });
});
