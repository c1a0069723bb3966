import { assertEquals, assertMatch } from "@std/assert";
import { commandHint } from "./command_hint.ts";

function hint(text: string, output: string): string | undefined {
  return commandHint(text, { status: 1, signal: undefined, output });
}

Deno.test("a program that is missing is named, with its package where it is known", () => {
  assertEquals(hint("ip link", "sh: 1: ip: not found"), "the program ip is missing here: install iproute2");
  assertEquals(hint("x y", "bash: line 1: x: command not found"), "the program x is missing here");
  assertEquals(
    hint("./f.py", "/usr/bin/env: ‘python3’: No such file or directory"),
    "the program python3 is missing here: install python3",
  );
});

Deno.test("a congestion control that the kernel lacks or does not allow is named, and what to do", () => {
  const failed = 'sysctl: setting key "net.ipv4.tcp_congestion_control": No such file or directory';
  assertMatch(
    hint("sysctl -q net.ipv4.tcp_congestion_control=nosuch", failed)!,
    /^this kernel has no congestion control nosuch \(it has .*reno.*\): modprobe tcp_nosuch$/,
  );
  assertMatch(
    hint('sysctl -w net.ipv4.tcp_congestion_control="reno"', failed)!,
    /not reno: as root on the host, sysctl net\.ipv4\.tcp_allowed_congestion_control=".* reno"$/,
  );
});

Deno.test("what says enough itself gets no hint", () => {
  assertEquals(hint("false", ""), undefined);
  assertEquals(hint("sysctl -w net.core.somaxconn=x", 'setting key "net.core.somaxconn": Invalid argument'), undefined);
});
