import { assert, assertEquals } from "@std/assert";
import { neighborAdvertisement, neighborSolicitation } from "./_kernel_frames.ts";
import { IpAddress } from "./address.ts";
import { fromHex } from "./bytes.ts";
import * as icmpv6 from "./icmpv6.ts";
import * as nd from "./nd.ts";

Deno.test("a kernel's messages in place", () => {
  const end = neighborAdvertisement.length;
  assertEquals(nd.check(neighborAdvertisement, 54, end), undefined);
  assertEquals(nd.target(neighborAdvertisement, 54).key, "2001:db8::2");
  assertEquals(nd.advertisementFlags(neighborAdvertisement, 54), nd.NA_SOLICITED + nd.NA_OVERRIDE);
  const start = 54 + nd.fixedLength(icmpv6.NDISC_NEIGHBOUR_ADVERTISEMENT);
  assertEquals(nd.findOption(neighborAdvertisement, start, end, nd.ND_OPT_TARGET_LL_ADDR), start);
  assertEquals(nd.findOption(neighborAdvertisement, start, end, nd.ND_OPT_SOURCE_LL_ADDR), -1);
});

Deno.test("options that are not well formed", () => {
  const end = neighborSolicitation.length;
  assertEquals(nd.check(neighborSolicitation, 54, 54 + 23), "truncated");
  assertEquals(nd.check(neighborSolicitation, 54, 54 + 24), undefined);
  assertEquals(nd.check(neighborSolicitation, 54, end - 1), "option-length");
  const zero = neighborSolicitation.slice();
  zero[54 + 25] = 0;
  assertEquals(nd.check(zero, 54, end), "option-length");
  assertEquals(nd.findOption(zero, 54 + 24, end, 9), -1);
  assertEquals(nd.parseNdOptions(zero, 54 + 24, end), [{ name: "malformed", data: fromHex("0100020000000001") }]);
});

Deno.test("every message and option", () => {
  const target = IpAddress.parse("fe80::1");
  const options: nd.NdOption[] = [
    { name: "source-link-layer", type: 1, address: fromHex("020000000001") },
    {
      name: "prefix",
      type: 3,
      prefixLength: 64,
      flags: nd.PIO_ONLINK | nd.PIO_AUTONOMOUS,
      validLifetime: 0xffffffff,
      preferredLifetime: 600,
      reserved: 0,
      prefix: IpAddress.parse("2001:db8::"),
    },
    { name: "mtu", type: 5, reserved: 0, mtu: 1400 },
    { name: "redirected", type: 4, reserved: new Uint8Array(6), data: new Uint8Array(48) },
    { name: "nonce", type: 14, nonce: fromHex("010203040506") },
    { name: "unknown", type: 25, data: new Uint8Array(14) },
  ];
  const bodies: [number, nd.NdBody][] = [
    [133, { kind: "router-solicitation", reserved: 0, options }],
    [134, {
      kind: "router-advertisement",
      curHopLimit: 64,
      flags: nd.RA_MANAGED,
      routerLifetime: 1800,
      reachableTime: 30000,
      retransTimer: 1000,
      options,
    }],
    [135, { kind: "neighbor-solicitation", reserved: 0, target, options }],
    [136, { kind: "neighbor-advertisement", flags: nd.NA_ROUTER, target, options }],
    [137, { kind: "redirect", reserved: 0, target, destination: IpAddress.parse("2001:db8::9"), options }],
  ];
  for (const [type, body] of bodies) {
    const bytes = icmpv6.emit({ type, body });
    assertEquals(nd.check(bytes, 0, bytes.length), undefined);
    assertEquals(icmpv6.parse(bytes).header.body, body);
    assert(nd.formatNd(body).includes("prefix 2001:db8::/64 valid 4294967295 preferred 600 mtu 1400 redirected (48)"));
  }
  assertEquals(bodies.map(([type]) => nd.isNdType(type)), [true, true, true, true, true]);
  assertEquals(nd.isNdType(138), false);
});
