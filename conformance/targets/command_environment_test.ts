import { assertEquals } from "@std/assert";
import { commandEnvironment } from "./command_environment.ts";
import type { WorldOptions } from "./target.ts";

const OPTIONS: WorldOptions = {
  ipVersion: "ipv4-mapped-ipv6",
  localIp: "192.168.1.1",
  localPrefixLength: 16,
  remoteIp: "192.0.2.1",
  remotePrefixLength: 24,
  gatewayIp: "192.168.0.1",
  mtu: 1500,
  speed: 0,
  anyIp: false,
  sendOmitFree: false,
  offload: true,
  cwd: "/",
};

Deno.test("commandEnvironment: the options of the run, by the names that scripts know", () => {
  assertEquals(commandEnvironment(OPTIONS), {
    OPT_IP_VERSION: "ipv4-mapped-ipv6",
    OPT_LOCAL_IP: "192.168.1.1",
    OPT_REMOTE_IP: "192.0.2.1",
    OPT_GATEWAY_IP: "192.168.0.1",
    OPT_NETMASK_IP: "255.255.0.0",
    OPT_LOCAL_DEV: "tun0",
  });
});

Deno.test("commandEnvironment: any prefix length is a netmask; IPv6 has none", () => {
  const masks = [0, 1, 8, 12, 23, 24, 32].map((localPrefixLength) =>
    commandEnvironment({ ...OPTIONS, localPrefixLength }).OPT_NETMASK_IP
  );
  assertEquals(masks, [
    "0.0.0.0",
    "128.0.0.0",
    "255.0.0.0",
    "255.240.0.0",
    "255.255.254.0",
    "255.255.255.0",
    "255.255.255.255",
  ]);
  assertEquals(commandEnvironment({ ...OPTIONS, ipVersion: "ipv6" }).OPT_NETMASK_IP, undefined);
});
