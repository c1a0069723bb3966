import { assert, assertEquals, assertThrows } from "@std/assert";
import { SystemError } from "./errno.ts";
import { NetworkNamespace } from "./netns.ts";
import { IFF, RouteSocket } from "./rtnetlink.ts";
import { privilegedTest } from "./test_support.ts";

privilegedTest("namespace", "a veth pair across two namespaces, addresses, routes", () => {
  using left = NetworkNamespace.create();
  using right = NetworkNamespace.create();
  using a = left.run(() => new RouteSocket());
  using b = right.run(() => new RouteSocket());
  a.addVeth({ name: "v0", mac: "02:00:00:00:00:01", mtu: 9000 }, { name: "v1", namespaceFd: right.fd });
  a.setLink("v0", { up: true });
  b.setLink("v1", { up: true, mtu: 9000, clearFlags: IFF.MULTICAST });
  const v0 = a.links().find(({ name }) => name === "v0")!;
  assertEquals([v0.kind, v0.mac, v0.mtu, v0.index], ["veth", "02:00:00:00:00:01", 9000, a.indexOf("v0")]);
  assert((v0.flags & IFF.UP) !== 0 && v0.statistics !== undefined);
  const v1 = b.links().find(({ name }) => name === "v1")!;
  assertEquals(v1.flags & IFF.MULTICAST, 0);

  a.addAddress("v0", "192.0.2.1/24");
  a.addAddress("v0", "2001:db8::1/64");
  const texts = a.addresses().filter(({ index }) => index === v0.index).map((x) => `${x.address}/${x.prefixLength}`);
  assert(texts.includes("192.0.2.1/24") && texts.includes("2001:db8::1/64"), texts.join(" "));
  a.addRoute({ destination: "198.51.100.0/24", gateway: "192.0.2.2", device: "v0", mtu: 1400, metric: 5 });
  a.addRoute({ destination: "::/0", gateway: "2001:db8::2", device: "v0" });
  a.addRoute({ destination: "203.0.113.0/24", gateway: "10.9.9.9", device: "v0", onlink: true });
  a.addRoute({ destination: "10.0.0.0/8", type: "local", device: "lo" });
  a.addRoute({ destination: "10.1.0.0/16", type: "blackhole" });
  a.deleteRoute({ destination: "198.51.100.0/24", metric: 5 });
  a.deleteAddress("v0", "192.0.2.1/24");
  assert(!a.addresses().some(({ address }) => address === "192.0.2.1"));

  a.setLink("v0", { up: false });
  a.setLink("v0", { name: "renamed" });
  a.deleteLink("renamed");
  assertEquals(b.links().map(({ name }) => name), ["lo"]);
});

privilegedTest("namespace", "the kernel's refusals carry its explanation", () => {
  using namespace = NetworkNamespace.create();
  using route = namespace.run(() => new RouteSocket());
  assertThrows(() => route.setLink("nope", { up: true }), SystemError, "link nope: ENODEV (No such device)");
  assertThrows(
    () => route.addRoute({ destination: "10.0.0.0/8", gateway: "192.0.2.9", device: "lo" }),
    SystemError,
    "Nexthop has invalid gateway",
  );
  assertThrows(() => route.addAddress("lo", "10.0.0.1/8", { peer: "::1" }), TypeError, "not of the family");
  assertThrows(() => route.setLink("lo", { mac: "02:00" }), TypeError, "Not an Ethernet address");
  assertThrows(() => route.indexOf("a-name-that-is-too-long"), TypeError, "Not an interface name");
});

privilegedTest("namespace", "a link whose kind needs no options", () => {
  using namespace = NetworkNamespace.create();
  using route = namespace.run(() => new RouteSocket());
  route.addLink("bridge", "br0");
  assertEquals(route.links().find(({ name }) => name === "br0")?.kind, "bridge");
});
