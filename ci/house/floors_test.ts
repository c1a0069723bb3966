import { assertEquals, assertStringIncludes } from "@std/assert";
import { crossedBorders, upwardImports } from "./floors.ts";
import { places, treeOf } from "./_plant.ts";

Deno.test("floors: an import of a floor above is a breach, one of a floor below is not", () => {
  const found = upwardImports(treeOf({
    "stack/ip/input.ts": 'import { a } from "../wire/ipv4.ts";\nimport type { Tcp } from "../tcp/tcp.ts";',
    "stack/tcp/tcp.ts": 'import { ip } from "../ip/ip.ts";\nimport { net } from "../net.ts";',
    "stack/wire/ipv4.ts": 'export type Net = import("../net.ts").Net;',
    "stack/net.ts": 'export * from "./socket/posix.ts";',
    "stack/stack.ts": 'import { Tcp } from "./tcp/tcp.ts";',
  }));
  assertEquals(places(found), ["stack/ip/input.ts:2", "stack/wire/ipv4.ts:1", "stack/net.ts:1"]);
  assertStringIncludes(found[0]!.message, "stack/tcp/tcp.ts");
});

Deno.test("floors: tcp and udp are on one floor and do not know each other", () => {
  const found = upwardImports(treeOf({
    "stack/tcp/a.ts": 'import "./b.ts";\nimport "../udp/udp.ts";',
    "stack/udp/udp.ts": 'import "../inet/ports.ts";',
  }));
  assertEquals(places(found), ["stack/tcp/a.ts:2"]);
});

Deno.test("floors: a folder without a floor is a breach", () => {
  assertEquals(places(upwardImports(treeOf({ "stack/sctp/a.ts": "" }))), ["stack/sctp/a.ts:1"]);
});

Deno.test("floors: a test may import what it likes", () => {
  const tree = treeOf({
    "stack/wire/a_test.ts": 'import "../tcp/tcp.ts";\nimport "../../host/mod.ts";',
    "stack/wire/_testing.ts": 'import "../tcp/tcp.ts";',
  });
  assertEquals([...upwardImports(tree), ...crossedBorders(tree)], []);
});

Deno.test("borders: stack and abi, host, and the harness see only what they may", () => {
  const found = crossedBorders(treeOf({
    "abi/errno.ts": 'import "../stack/wire/bytes.ts";',
    "stack/a.ts": 'import "../abi/errno.ts";\nimport "../host/mod.ts";',
    "host/a.ts": 'import "./b.ts";\nimport "../stack/mod.ts";',
    "conformance/script/a.ts": 'import "../../stack/wire/tcp.ts";\nimport "../../stack/mod.ts";',
    "conformance/timeline/a.ts": 'const a = await import("../../stack/inet/errno.ts");',
    "conformance/targets/sim/a.ts": 'import "../../../stack/mod.ts";',
  }));
  assertEquals(places(found), [
    "abi/errno.ts:1",
    "stack/a.ts:2",
    "host/a.ts:2",
    "conformance/script/a.ts:2",
    "conformance/timeline/a.ts:1",
  ]);
});
