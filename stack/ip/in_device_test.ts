import { assertEquals } from "@std/assert";
import { CallbackDevice } from "../link/callback_device.ts";
import { Stack } from "../stack.ts";
import { IpAddress } from "../wire/address.ts";

Deno.test("a router is in the groups of routers, and says so, for as long as it forwards (RFC 4291 section 2.8)", () => {
  const sent: Uint8Array[] = [];
  const device = new CallbackDevice({ transmit: (packet) => sent.push(packet.view().slice()) });
  const stack = new Stack({ devices: [device] });
  const state = stack.ip.routes.in_device(device);
  const groups = ["ff01::2", "ff02::2", "ff05::2"].map((text) => IpAddress.parse(text));
  const member = () => groups.map((group) => state.isMember(group));
  assertEquals(member(), [false, false, false]);
  stack.net.sysctl.set("net.ipv6.conf.all.forwarding", "1");
  assertEquals(member(), [true, true, true]);
  // MLDv2 reports; scope 1 does not leave the node.
  assertEquals(sent.map((octets) => octets[48]), [143, 143]);
  stack.net.sysctl.set("net.ipv6.conf.all.forwarding", "0");
  assertEquals(member(), [false, false, false]);
});
