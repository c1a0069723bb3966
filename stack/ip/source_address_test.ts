import { assertEquals } from "@std/assert";
import { CallbackDevice } from "../link/callback_device.ts";
import { Stack } from "../stack.ts";
import { IpAddress } from "../wire/address.ts";
import { inet_select_addr, ipv6_dev_get_saddr } from "./source_address.ts";

/** A stack with a device for each list of addresses; a `-` behind one says that it is deprecated. */
function world(...lists: readonly (readonly string[])[]) {
  const stack = new Stack();
  const devices = lists.map((list, i) => {
    const device = new CallbackDevice({ name: `tun${i}`, transmit: () => {} });
    stack.addDevice(device);
    for (const text of list) stack.addAddress(device, text.replace("-", ""));
    const { addresses6 } = stack.ip.routes.in_device(device);
    const old = list.filter((text) => text.endsWith("-")).map((text) => text.split("/")[0]!);
    for (const own of addresses6) own.deprecated = old.includes(`${own.address}`);
    return device;
  });
  const select = (destination: string, through = 0) =>
    `${ipv6_dev_get_saddr(stack.ip.routes.devices.values(), devices[through]!, IpAddress.parse(destination))}`;
  const select4 = (toward: string | undefined, through = 0) => {
    const target = toward === undefined ? undefined : IpAddress.parse(toward);
    return `${inet_select_addr(stack.ip.routes.devices.values(), devices[through]!, target)}`;
  };
  return { select, select4 };
}

Deno.test("source address: the examples of RFC 6724 section 10.1", () => {
  const cases: readonly (readonly [readonly string[], string, string])[] = [
    [["fe80::1/64", "2001:db8:3::1/64"], "2001:db8:1::1", "2001:db8:3::1"],
    [["fe80::1/64", "2001:db8:3::1/64"], "ff05::1", "2001:db8:3::1"],
    [["2001:db8:2::1/64", "2001:db8:1::1/64-"], "2001:db8:1::1", "2001:db8:1::1"],
    [["2001:db8:1::1/64", "fe80::2/64-"], "fe80::1", "fe80::2"],
    [["2001:db8:3::2/64", "2001:db8:1::2/64"], "2001:db8:1::1", "2001:db8:1::2"],
    [
      ["2001:db8:1::2/64", "2002:c633:6401::d5e3:7953:13eb:22e8/64"],
      "2002:c633:6401::1",
      "2002:c633:6401:0:d5e3:7953:13eb:22e8",
    ],
  ];
  for (const [addresses, destination, expected] of cases) {
    for (const order of [addresses, [...addresses].reverse()]) {
      assertEquals(world(order).select(destination), expected, `${destination} from ${order}`);
    }
  }
});

Deno.test("source address: rules 3 and 5, and no more in common than the subnet has", () => {
  assertEquals(world(["2001:db8:1::9/64-", "2001:db8:2::9/64"]).select("2001:db8:1::1"), "2001:db8:2::9");
  const two = world(["2001:db8:a::1/64"], ["2001:db8:b::1/64"]);
  assertEquals([two.select("2001:db8:b::7", 0), two.select("2001:db8:b::7", 1)], ["2001:db8:a::1", "2001:db8:b::1"]);
  // Both subnets differ in the same bit: behind it there is nothing to compare, and the first stays.
  assertEquals(world(["2001:db8::1/32", "2001:db8:ffff::1/32"]).select("2001:db8:ffff::2"), "2001:db8::1");
});

Deno.test("source address: what stays on the link has an address of the link's interface", () => {
  const two = world(["2001:db8:a::1/64"], ["2001:db8:b::1/64", "fe80::b/64"]);
  assertEquals([two.select("fe80::9", 1), two.select("ff02::1", 1)], ["fe80::b", "fe80::b"]);
  assertEquals(two.select("fe80::9", 0), "2001:db8:a::1");
});

Deno.test("source address: IPv4 has one of the target's subnet, else the interface's first, else another interface's", () => {
  const w = world(["192.0.2.1/24", "198.51.100.1/24"], []);
  assertEquals(w.select4("198.51.100.9"), "198.51.100.1");
  assertEquals([w.select4("203.0.113.9"), w.select4(undefined)], ["192.0.2.1", "192.0.2.1"]);
  assertEquals(w.select4("203.0.113.9", 1), "192.0.2.1");
  assertEquals(world([]).select4("203.0.113.9"), "undefined");
});
