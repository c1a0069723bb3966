/** Scripts about several interfaces that hold, and that one changed word makes fail, on our own stack. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { runText } from "../run_text.ts";

const SCRIPT = `// variants: ipv4
// interface: tun1 10.1.0.1/24
// strict: yes
\`sysctl -q net.ipv4.ip_forward=1\`
 0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
+0 setsockopt(3, SOL_IP, IP_PKTINFO, [1], 4) = 0
+0 bind(3, 10.1.0.1:5000, ...) = 0
+0 tun1 < 10.1.0.2 > 10.1.0.1: udp 1000 > 5000 (10)
+0 recvmsg(3, {msg_name(...)=10.1.0.2:1000, msg_iov(1)=[{..., 100}], msg_flags=0, msg_control=[{cmsg_level=SOL_IP,
    cmsg_type=IP_PKTINFO, cmsg_data={ipi_ifindex=tun1, ipi_spec_dst=10.1.0.1, ipi_addr=10.1.0.1}}]}, 0) = 10
+0 tun1 < 10.1.0.2 > 10.1.0.1: udp 1000 > 5000 (20)
+0 recvfrom(3, ..., 100, 0, 10.1.0.2:1000, ...) = 20
+0 sendto(3, ..., 30, 0, 192.0.2.1:4000, ...) = 30
+0 tun0 > 10.1.0.1 > 192.0.2.1: udp 5000 > 4000 (30)
+0 tun0 < [ttl 9] 192.0.2.1 > 10.1.0.2: udp 1 > 2 (1)
+0 tun1 > [ttl 8] 192.0.2.1 > 10.1.0.2: udp 1 > 2 (1)
`;

async function verdict(text: string): Promise<{ verdict: string; message: string }> {
  const { verdict, message } = await runText(text, { variant: "ipv4" });
  return { verdict, message };
}

Deno.test("several interfaces: the script holds", async () => {
  assertEquals(await verdict(SCRIPT), { verdict: "pass", message: "" });
});

const CHANGES: readonly (readonly [from: string, to: string, message: string])[] = [
  ["ipi_ifindex=tun1", "ipi_ifindex=tun0", "Bad ifindex in cmsg 0"],
  ["ipi_spec_dst=10.1.0.1", "ipi_spec_dst=10.1.0.3", "Bad spec_dst in cmsg 0: expected=10.1.0.3 actual=10.1.0.1"],
  ["ipi_addr=10.1.0.1", "ipi_addr=10.1.0.3", "Bad addr in cmsg 0: expected=10.1.0.3 actual=10.1.0.1"],
  ["msg_name(...)=10.1.0.2:1000", "msg_name(...)=10.1.0.2:1001", "Bad msg_name: expected=10.1.0.2 port 1001"],
  ["0, 10.1.0.2:1000", "0, 10.1.0.3:1000", "Bad source address: expected=10.1.0.3 port 1000 actual=10.1.0.2 port 1000"],
  ["tun1 > [ttl 8]", "tun0 > [ttl 8]", "Timed out waiting for packet on tun0; some went out on tun1"],
  ["tun0 > 10.1.0.1", "tun1 > 10.1.0.1", "Timed out waiting for packet on tun1; some went out on tun0"],
  ["tun1 > [ttl 8]", "tun2 > [ttl 8]", "there is no interface tun2: the world has tun0, tun1"],
  ["bind(3, 10.1.0.1:5000", "bind(3, 10.1.0.9:5000", "Cannot assign requested address"],
  ["+0 tun1 > [ttl 8]", "+0 > none\n+0 tun1 > [ttl 8]", "a packet where none was expected"],
  ["+0 tun1 > [ttl 8]", "+0 tun1 > none\n+0 tun1 > [ttl 8]", "a packet where none was expected"],
  ["\n+0 tun1 > [ttl 8] 192.0.2.1 > 10.1.0.2: udp 1 > 2 (1)", "", "a packet that nobody expected"],
];

for (const [from, to, message] of CHANGES) {
  Deno.test(`several interfaces: ${to || `without${from}`} fails`, async () => {
    assertEquals(SCRIPT.split(from).length, 2, "the words to change stand there once");
    const outcome = await verdict(SCRIPT.replace(from, to));
    assertEquals(outcome.verdict === "pass", false);
    assertStringIncludes(outcome.message, message);
  });
}
