import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { SystemError } from "./errno.ts";
import { NetworkNamespace } from "./netns.ts";
import { RouteSocket } from "./rtnetlink.ts";
import { readSysctl, sysctlPath, writeSysctl } from "./sysctl.ts";
import { IFF } from "./rtnetlink.ts";
import { openDescriptors, privilegedTest } from "./test_support.ts";

privilegedTest("namespace", "a namespace is new, has loopback up, and goes away with its descriptor", () => {
  NetworkNamespace.home()[Symbol.dispose]();
  const before = openDescriptors();
  using home = NetworkNamespace.home();
  const namespace = NetworkNamespace.create();
  assertNotEquals(namespace.inode, home.inode);
  using route = namespace.run(() => new RouteSocket());
  const links = route.links();
  assertEquals(links.map(({ name }) => name), ["lo"]);
  assert((links[0]!.flags & IFF.UP) !== 0);
  namespace[Symbol.dispose]();
  namespace[Symbol.dispose]();
  assertThrows(() => namespace.run(() => {}), SystemError, "already closed");
  route[Symbol.dispose]();
  home[Symbol.dispose]();
  assertEquals(openDescriptors(), before);
});

privilegedTest("namespace", "the thread comes back from nested runs and from errors", () => {
  using outer = NetworkNamespace.create();
  using inner = NetworkNamespace.create({ loopback: false });
  const here = () => {
    using current = NetworkNamespace.current();
    return current.inode;
  };
  const start = here();
  const seen = outer.run(() => [here(), inner.run(here), here()]);
  assertEquals(seen, [outer.inode, inner.inode, outer.inode]);
  assertThrows(
    () =>
      outer.run(() => {
        throw new Error("inside");
      }),
    Error,
    "inside",
  );
  assertEquals(here(), start);
  assertThrows(() => outer.run(() => Promise.resolve()), TypeError, "must be synchronous");
  assertEquals(here(), start);
  const made = outer.run(() => NetworkNamespace.create());
  assertEquals(here(), start);
  made[Symbol.dispose]();
});

privilegedTest("namespace", "kernel parameters are those of the namespace", () => {
  using a = NetworkNamespace.create();
  using b = NetworkNamespace.create();
  a.run(() => writeSysctl("net.ipv4.ip_default_ttl", 77));
  assertEquals(a.run(() => readSysctl("net.ipv4.ip_default_ttl")), "77");
  assertEquals(b.run(() => readSysctl("net/ipv4/ip_default_ttl")), "64");
  assertThrows(() => a.run(() => writeSysctl("net.ipv4.ip_default_ttl", "many")), SystemError, "EINVAL");
  assertThrows(() => a.run(() => readSysctl("net.ipv4.no_such_thing")), SystemError, "ENOENT");
});

Deno.test("names of kernel parameters cannot leave /proc/sys", () => {
  assertEquals(sysctlPath("net.ipv4.conf.eth0/1.forwarding"), "/proc/sys/net/ipv4/conf/eth0.1/forwarding");
  assertEquals(sysctlPath("net/ipv4/conf/eth0.1/forwarding"), "/proc/sys/net/ipv4/conf/eth0.1/forwarding");
  for (const name of ["", ".", "../etc", "net/../../etc/passwd", "net..ipv4", "/etc", "a b", "net."]) {
    assertThrows(() => sysctlPath(name), TypeError, "Not the name of a kernel parameter");
  }
});
