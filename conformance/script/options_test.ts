import { assert, assertEquals, assertThrows } from "@std/assert";
import { OptionError, OPTIONS, parseOption, prefixOfNetmask, resolveConfig } from "./options.ts";
import { parseScript } from "./parser.ts";
import { assertProblems } from "./test_support.ts";
import { IP_VERSIONS, VARIANTS, variantsOf } from "./variants.ts";

Deno.test("defaults are packetdrill's", () => {
  const config = resolveConfig({ dialect: "packetdrill", script: [] });
  assertEquals([config.ip_version, config.bind_port, config.connect_port, config.mtu], ["ipv4", 8080, 8080, 1500]);
  assertEquals([config.tolerance_usecs, config.tolerance_percent, config.tcp_ts_tick_usecs], [4000, 12.5, 0]);
  assertEquals([config.remote_ip, config.remote_prefix, config.gateway_ip, config.local_prefix], [
    "192.0.2.1",
    24,
    "192.168.0.1",
    16,
  ]);
  const six = resolveConfig({ dialect: "packetdrill", script: [], commandLine: { ip_version: "ipv6" } });
  assertEquals([six.remote_ip, six.remote_prefix, six.local_prefix], ["2001:DB8::1", 32, 48]);
});

Deno.test("the script's options win over defaults, the command line's over both", () => {
  const { options } = parseScript(
    '--mtu=1400\n--tolerance_usecs=9\n--define=A="x"\n--non_fatal="packet,syscall"\n0 `a`\n',
  );
  const config = resolveConfig({
    dialect: "packetdrill",
    script: options,
    commandLine: { mtu: "1300", strict_segments: "" },
    definitions: { B: "1" },
  });
  assertEquals([config.mtu, config.tolerance_usecs, config.strict_segments], [1300, 9, true]);
  assertEquals(config.definitions, { A: '"x"', B: "1" });
  assertEquals(config.non_fatal, { packet: true, syscall: true });
});

Deno.test("a remote address without a prefix is a host route", () => {
  for (const version of IP_VERSIONS) {
    const config = resolveConfig({ dialect: "packetdrill", script: [], commandLine: VARIANTS[version].options });
    assertEquals(config.remote_prefix, version === "ipv6" ? 128 : 32);
    assertEquals(config.ip_version, version);
  }
});

Deno.test("nplab's defaults and options differ", () => {
  const config = resolveConfig({
    dialect: "nplab",
    script: [],
    commandLine: { udp_encapsulation: "tcp", tcp_md5_secret: "s", ip_version: "ipv4_mapped_ipv6" },
  });
  assertEquals([config.local_ip, config.gateway_ip, config.udp_encapsulation, config.tcp_md5_secret], [
    "192.168.0.1",
    "192.168.0.2",
    "tcp",
    "s",
  ]);
  assertEquals(config.ip_version, "ipv4-mapped-ipv6");
  assert(!parseOption("udp_encapsulation", "tcp", "packetdrill").ok);
  assert(!parseOption("strict_segments", undefined, "nplab").ok);
});

Deno.test("wrong options are told in packetdrill's words", () => {
  assertProblems("--bogus=1\n--dry_run=1\n--mtu\n--mtu=70000\n0 `a`\n", [
    "1:1: option 'bogus' unknown",
    "2:1: option 'dry_run' forbids an argument",
    "3:1: option 'mtu' requires an argument",
    "4:1: bad value '70000' for option 'mtu'",
  ]);
  assertThrows(
    () => resolveConfig({ dialect: "packetdrill", script: [], commandLine: { tolerance_usec: "1" } }),
    OptionError,
    "did you mean --tolerance_usecs?",
  );
});

Deno.test("every option has a line of help and refuses nonsense or takes anything", () => {
  for (const [name, spec] of Object.entries(OPTIONS)) {
    assert(spec.about.length > 3, name);
    const dialect = spec.dialects[0] ?? "packetdrill";
    const missing = parseOption(name, spec.argument === "none" ? "x" : undefined, dialect);
    assert(!missing.ok, name);
  }
});

Deno.test("netmasks", () => {
  assertEquals(["255.255.0.0", "255.255.255.255", "0.0.0.0", "255.0.255.0"].map(prefixOfNetmask), [
    16,
    32,
    0,
    undefined,
  ]);
});

Deno.test("variants by file name, as the reference driver has them", () => {
  assertEquals(variantsOf("a/b-v6.pkt"), ["ipv6"]);
  assertEquals(variantsOf("a/b-ipv4.pkt"), ["ipv4", "ipv4-mapped-ipv6"]);
  assertEquals(variantsOf("a/b.pkt").length, 3);
  assertEquals(VARIANTS["ipv6"].definitions["CODE"], undefined);
  assertEquals(VARIANTS["ipv4-mapped-ipv6"].definitions["CMSG_LEVEL_IP"], "SOL_IPV6");
});
