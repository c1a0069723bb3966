import { assertEquals, assertStringIncludes } from "@std/assert";
import { NetworkNamespace } from "../../../host/netns.ts";
import { readSysctl, writeSysctl } from "../../../host/sysctl.ts";
import { privilegedTest } from "../../../host/test_support.ts";
import { WorldDefaults } from "./defaults.ts";

/** As a host's administrator might have it. */
const ODD: Readonly<Record<string, string>> = {
  "net.ipv4.tcp_congestion_control": "reno",
  "net.ipv4.tcp_rmem": "4096\t65536\t1000000",
  "net.ipv4.tcp_ecn": "1",
  "net.ipv4.ip_unprivileged_port_start": "0",
  "net.ipv4.ip_forward": "1",
  "net.ipv4.conf.default.rp_filter": "2",
  "net.ipv4.conf.default.accept_source_route": "0",
};

privilegedTest("namespace", "defaults: what a new namespace has from the host is set back, in every one", () => {
  const defaults = new WorldDefaults();
  const settings = (spoil: boolean) => {
    using namespace = NetworkNamespace.create();
    return namespace.run(() => {
      if (spoil) { for (const [name, value] of Object.entries(ODD)) writeSysctl(name, value); }
      defaults.apply();
      return Object.fromEntries(Object.keys(ODD).map((name) => [name, readSysctl(name)]));
    });
  };
  const first = settings(true);
  const { "net.ipv4.tcp_congestion_control": congestionControl, "net.ipv4.tcp_rmem": rmem, ...others } = first;
  assertEquals(others, {
    "net.ipv4.tcp_ecn": "2",
    "net.ipv4.ip_unprivileged_port_start": "1024",
    "net.ipv4.ip_forward": "0",
    "net.ipv4.conf.default.rp_filter": "0",
    "net.ipv4.conf.default.accept_source_route": "1",
  });
  assertStringIncludes(rmem!, "4096\t131072\t");
  // Where CUBIC is not allowed the summary says so.
  const allowed = congestionControl === "cubic";
  assertEquals(defaults.limits.map(({ what }) => what.includes("not cubic")), allowed ? [] : [true]);
  assertEquals(settings(true), first);
  assertEquals(settings(false), first);
});

privilegedTest("namespace", "defaults: what the kernel refuses is told with what to do", () => {
  using namespace = NetworkNamespace.create();
  const defaults = new WorldDefaults([["net.ipv4.tcp_sack", "many"], ["net.ipv4.no_such_setting", "1"]]);
  namespace.run(() => defaults.apply());
  const [refused] = defaults.limits;
  assertEquals(refused, {
    what: "new worlds have net.ipv4.tcp_sack = 1 from the host, not many as by default: the kernel refuses it",
    remedy: 'as root on the host, sysctl -w "net.ipv4.tcp_sack=many"',
  });
});
