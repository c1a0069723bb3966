import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkScript } from "./check.ts";
import { formatScript } from "./format.ts";
import { parseScript, parseScriptWithWarnings } from "./mod.ts";

const HEADER = "// interface: tun1 10.1.0.1/24, 2001:db8:1::1/64 mtu 1400\n// interface: tun0 192.168.0.9/32\n" +
  "// route: 10.2.0.0/16 via 10.1.0.2 dev tun1\n// route: default via 2001:db8:1::2 dev tun1\n";

function parse(text: string) {
  return parseScript(text, { path: "x.pkt" });
}

Deno.test("interfaces and routes of a header", () => {
  const { interfaces, routes } = parse(`${HEADER}+0 < udp (1)\n`).header;
  assertEquals(interfaces.map(({ name, addresses, mtu }) => ({ name, addresses, mtu })), [
    {
      name: "tun1",
      addresses: [{ address: "10.1.0.1", length: 24 }, { address: "2001:db8:1::1", length: 64 }],
      mtu: 1400,
    },
    { name: "tun0", addresses: [{ address: "192.168.0.9", length: 32 }], mtu: undefined },
  ]);
  assertEquals(routes.map(({ prefix, gateway, device }) => ({ prefix, gateway, device })), [
    { prefix: { address: "10.2.0.0", length: 16 }, gateway: "10.1.0.2", device: "tun1" },
    { prefix: { address: "::", length: 0 }, gateway: "2001:db8:1::2", device: "tun1" },
  ]);
});

for (
  const [line, message] of [
    ["interface: wlan0 10.1.0.1/24", "'wlan0' is none"],
    ["interface: tun1 10.1.0.1/33", "'10.1.0.1/33' is no address"],
    ["interface: tun1 10.1.0.1/24 mtu 10", "the MTU is a number from 68"],
    ["interface: tun1 10.1.0/24", "'10.1.0/24' is no address"],
    ["route: 10.2.0.0/16 via 10.1.0.2", "leads through no interface"],
    ["route: 10.2.0.0/16 via fe80::1 dev tun1", "of another family"],
    ["route: 10.2.0.0/16 by 10.1.0.2 dev tun1", "'by' is neither"],
    ["route: 10.2.0.0/16 via 10.1.0.2 dev wlan0", "no interface 'wlan0'"],
    ["route: ten dev tun1", "'ten' is no prefix"],
  ] as const
) {
  Deno.test(`header ${line}: ${message}`, () => {
    const problems = parseScriptWithWarnings(`// ${line}\n+0 < udp (1)\n`, { path: "x.pkt" }).warnings;
    assertEquals(problems.length, 1);
    assertStringIncludes(problems[0]!.message, message);
  });
}

Deno.test("packets and silence on an interface that nobody declared are found", () => {
  const script = parse(
    "// interface: tun1 10.1.0.1/24\n// route: 10.2.0.0/16 via 10.1.0.2 dev tun2\n" +
      "+0 tun1 < udp (1)\n+0 tun3 < udp (1)\n+0 tun4 > none\n+0 tun0 > none\n",
  );
  assertEquals(checkScript(script).map(({ message }) => message), [
    "there is no interface tun2",
    "there is no interface tun3",
    "there is no interface tun4",
  ]);
});

Deno.test("addresses in calls", () => {
  const script = parse(
    "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 bind(3, 10.1.0.1:53, ...) = 0\n+0 connect(3, ...:54, ...) = 0\n" +
      "+0 connect(3, 10.1.0.2, ...) = 0\n+0 bind(3, *:0, ...) = 0\n",
  );
  const addresses = script.events.slice(1).map(({ action }) => action.kind === "syscall" ? action.args[1] : undefined);
  assertEquals(
    addresses.map((one) => one?.kind === "socket_address" ? [one.address, one.port] : one?.kind),
    [["10.1.0.1", 53], [undefined, 54], ["10.1.0.2", undefined], ["*", 0]],
  );
  assertEquals(checkScript(script), []);
});

Deno.test("an address of the other family is a mistake", () => {
  const text = "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 bind(3, [2001:db8::1]:53, ...) = 0\n";
  const script = parseScript(text, { path: "x.pkt", ipVersion: "ipv6" });
  const bound = script.events[1]!.action;
  assertEquals(
    bound.kind === "syscall" && bound.args[1]?.kind === "socket_address" && bound.args[1].address,
    "2001:db8::1",
  );
});

Deno.test("pkt check: an address where none can be, a name that is no interface", () => {
  const script = parse(
    "// interface: tun1 10.1.0.1/24\n0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 listen(3, 10.1.0.1:1) = 0\n" +
      "+0 setsockopt(3, SOL_IP, IP_UNICAST_IF, [tun1], 4) = 0\n+0 setsockopt(3, SOL_IP, IP_UNICAST_IF, [tun2], 4) = 0\n",
  );
  const messages = checkScript(script).map(({ message }) => message);
  assertEquals(messages.length, 2);
  assertStringIncludes(messages[0]!, "Bad type; actual: socket_address expected: integer");
  assertStringIncludes(messages[1]!, "unknown symbol: 'tun2'");
});

Deno.test("pkt fmt keeps addresses together", () => {
  const text = "// interface: tun1 10.1.0.1/24\n" +
    "    0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n" +
    "   +0 bind(3, *:53, ...) = 0\n" +
    "   +0 connect(3, 10.1.0.2:54, ...) = 0\n" +
    "   +0 connect(3, ...:54, ...) = 0\n" +
    "   +0 sendmsg(3, {msg_name(...)=10.1.0.2:54, msg_iov(1)=[{..., 1}], msg_flags=0, msg_control=[{cmsg_level=SOL_IP, " +
    "cmsg_type=IP_PKTINFO, cmsg_data={ipi_ifindex=tun1, ipi_spec_dst=10.1.0.1, ipi_addr=...}}]}, 0) = 1\n" +
    "  +.1 tun1 > none\n";
  assertEquals(
    formatScript(text.replace("bind(3, *:53", "bind( 3,*: 53").replace("tun1 > none", "tun1  >  none")),
    text,
  );
});
