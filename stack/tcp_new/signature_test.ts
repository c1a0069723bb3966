import { assertEquals } from "@std/assert";
import { sockaddrIn } from "../inet/sockaddr.ts";
import { AF_INET, SOL_TCP } from "../../abi/socket_constants.ts";
import { ENOENT } from "../../abi/errno.ts";
import { TCP_MD5SIG } from "../../abi/tcp_constants.ts";
import { connectStacks } from "../link/pair.ts";
import { Stack } from "../stack.ts";
import { IpAddress } from "../wire/address.ts";
import { SignatureKeys } from "./signature.ts";

const CLIENT = IpAddress.parse("10.0.0.1");
const SERVER = IpAddress.parse("10.0.0.2");
const PORT = 179;

function option(peer: IpAddress, key: string): Uint8Array {
  const value = new Uint8Array(216);
  value.set(sockaddrIn({ address: peer, port: 0 }));
  value[130] = key.length;
  value.set(new TextEncoder().encode(key), 136);
  return value;
}

/** Connects two stacks with these keys and sends 5000 octets: how many came, and what the server counted. */
function session(clientKey: string, serverKey: string) {
  const left = new Stack({ tcp: "new", seed: 1 });
  const right = new Stack({ tcp: "new", seed: 2 });
  const link = connectStacks(left, right);
  left.addAddress(link.devices[0], "10.0.0.1/24");
  right.addAddress(link.devices[1], "10.0.0.2/24");
  const listener = right.transports.tcp.create(AF_INET);
  const client = left.transports.tcp.create(AF_INET);
  if (serverKey !== "") assertEquals(listener.setsockopt(SOL_TCP, TCP_MD5SIG, option(CLIENT, serverKey)), 0);
  if (clientKey !== "") assertEquals(client.setsockopt(SOL_TCP, TCP_MD5SIG, option(SERVER, clientKey)), 0);
  listener.bind({ address: SERVER, port: PORT });
  listener.listen(1);
  client.connect({ address: SERVER, port: PORT });
  const run = (until: number) => {
    for (;;) {
      const due = Math.min(left.nextDeadline() ?? Infinity, right.nextDeadline() ?? Infinity);
      if (due > until) return;
      left.poll(due);
      right.poll(due);
    }
  };
  run(500_000);
  client.sendmsg({ data: new Uint8Array(5000), flags: 0x40 });
  run(900_000);
  const accepted = listener.accept();
  const got = typeof accepted === "number" ? accepted : accepted.recvmsg({ length: 9000, flags: 0x40 }).result;
  return { got, mib: right.net.mib };
}

Deno.test("signatures: with one key on both ends the connection works", () => {
  assertEquals(session("secret", "secret").got, 5000);
});

Deno.test("signatures: another key, none, or one too many is dropped and counted", () => {
  for (
    const [client, server, counter] of [
      ["secret", "other", "TcpExt.TCPMD5Failure"],
      ["", "secret", "TcpExt.TCPMD5NotFound"],
      ["secret", "", "TcpExt.TCPMD5Unexpected"],
    ] as const
  ) {
    const { got, mib } = session(client, server);
    assertEquals([got, mib.get(counter) > 0], [-11, true], counter);
  }
});

Deno.test("signatures: the longest prefix that holds the peer has the key", () => {
  const keys = new SignatureKeys();
  const secret = (octet: number) => Uint8Array.of(octet);
  keys.set(IpAddress.parse("10.0.0.0"), 8, secret(1));
  keys.set(IpAddress.parse("10.1.0.0"), 16, secret(2));
  keys.set(IpAddress.parse("10.1.0.5"), 32, secret(3));
  const find = (address: string) => keys.find(IpAddress.parse(address))?.[0];
  assertEquals(["10.9.9.9", "10.1.9.9", "10.1.0.5", "11.0.0.1"].map(find), [1, 2, 3, undefined]);
  assertEquals(keys.set(IpAddress.parse("10.1.0.5"), 32, new Uint8Array(0)), true);
  assertEquals(find("10.1.0.5"), 2);
});

Deno.test("signatures: a key that is not there can't be removed", () => {
  const socket = new Stack({ tcp: "new" }).transports.tcp.create(AF_INET);
  assertEquals(socket.setsockopt(SOL_TCP, TCP_MD5SIG, option(SERVER, "")), -ENOENT);
});
