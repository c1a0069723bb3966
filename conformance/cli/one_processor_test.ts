import { assertEquals } from "@std/assert";
import { needed } from "../../host/test_support.ts";
import { readResults, withOutcome } from "./_testing.ts";

const READER = `0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
+0 bind(3, ..., ...) = 0
+0 connect(3, ..., ...) = 0
+0 write(3, ..., 8) = 8
+0 > udp (8)
+0...0.05 read(3, ..., 1000) = 100
+.05 < udp (100)
`;

Deno.test({
  ...needed(
    { privilege: "tun", programs: ["taskset"] },
    "one processor: a call that waits returns when its packet comes",
  ),
  fn: () =>
    withOutcome({ "a.pkt": READER }, ["a.pkt", "--target", "kernel", "--json", "r.json"], async ({ folder }) => {
      const { runs } = await readResults(folder);
      assertEquals(runs.map(({ verdict, message }) => [verdict, message]), [["pass", ""]]);
    }, { shell: 'exec taskset -c 0 "$@"' }),
});
