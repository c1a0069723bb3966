import { assert, assertEquals } from "@std/assert";
import type { Net } from "../../net.ts";
import { Stack } from "../../stack.ts";
import { IpAddress } from "../../wire/address.ts";
import { EVERYBODY, NOBODY, sourceFilter } from "./filter.ts";
import { type Generation, GroupHost, type GroupQuery, type GroupRecord } from "./group_host.ts";
import { InterfaceGroups } from "./interface_groups.ts";
import { splitRecords } from "./split.ts";

const G = IpAddress.parse("239.1.1.1");
const H = IpAddress.parse("239.1.1.2");
const A = IpAddress.parse("192.0.2.1");
const B = IpAddress.parse("192.0.2.2");
const NAMES = ["", "is_in", "is_ex", "to_in", "to_ex", "allow", "block"];
const SECOND = 1_000_000;

/** A host on its own, what it says, and when. */
class Bench {
  readonly stack = new Stack();
  readonly said: string[] = [];
  readonly groups: InterfaceGroups;
  readonly host: GroupHost;
  forced: Generation | undefined;

  constructor(robustness = 2) {
    this.groups = new InterfaceGroups((...change) => this.host.changed(...change));
    const say = (text: string) => this.said.push(text);
    const forced = () => this.forced;
    this.host = new GroupHost(
      this.net,
      this.groups,
      {
        robustness,
        get forced() {
          return forced();
        },
        unsolicited_us: (generation) => generation === "sources" ? SECOND : 10 * SECOND,
        reported: () => true,
        report: (records) => say(records.map(words).join(" ")),
        oldReport: (group, generation) => say(`${generation} report ${group}`),
        leave: (group) => say(`leave ${group}`),
      },
      () => true,
    );
  }

  get net(): Net {
    return this.stack.net;
  }

  /** What was said until a time. */
  until(us: number): string[] {
    this.stack.runUntil(us);
    return this.said.splice(0);
  }

  ask(query: Partial<GroupQuery>): void {
    this.host.query({
      generation: "sources",
      group: undefined,
      sources: [],
      maximumResponse_us: 10 * SECOND,
      robustness: 0,
      interval_us: 0,
      ...query,
    });
  }
}

function words({ type, group, sources }: GroupRecord): string {
  return `${NAMES[type]} ${group} {${sources.join()}}`;
}

Deno.test("joining and leaving: told at once, and once more within the unsolicited report interval", () => {
  const bench = new Bench();
  bench.groups.set(bench, G, EVERYBODY);
  assertEquals(bench.until(0), ["to_ex 239.1.1.1 {}"]);
  assertEquals(bench.until(SECOND), ["to_ex 239.1.1.1 {}"]);
  assertEquals(bench.until(20 * SECOND), []);
  bench.groups.set(bench, G, NOBODY);
  assertEquals(bench.until(30 * SECOND), ["to_in 239.1.1.1 {}", "to_in 239.1.1.1 {}"]);
});

Deno.test("robustness is how often", () => {
  const bench = new Bench(4);
  bench.groups.set(bench, G, EVERYBODY);
  assertEquals(bench.until(10 * SECOND).length, 4);
});

Deno.test("sources that are added and taken away, and a change of mode that takes their place", () => {
  const bench = new Bench();
  bench.groups.set(bench, G, sourceFilter("include", [A]));
  assertEquals(bench.until(5 * SECOND), ["allow 239.1.1.1 {192.0.2.1}", "allow 239.1.1.1 {192.0.2.1}"]);
  bench.groups.set(bench, G, sourceFilter("include", [A, B]));
  bench.groups.set(bench, G, sourceFilter("include", [B]));
  assertEquals(bench.said.splice(0), [
    "allow 239.1.1.1 {192.0.2.2}",
    "allow 239.1.1.1 {192.0.2.2} block 239.1.1.1 {192.0.2.1}",
  ]);
  bench.groups.set(bench, G, sourceFilter("exclude", [A]));
  assertEquals(bench.until(9 * SECOND), ["to_ex 239.1.1.1 {192.0.2.1}", "to_ex 239.1.1.1 {192.0.2.1}"]);
});

Deno.test("what another member wants is counted in", () => {
  const bench = new Bench();
  bench.groups.set(bench, G, EVERYBODY);
  bench.until(5 * SECOND);
  bench.groups.set(bench.stack, G, sourceFilter("include", [A]));
  assertEquals(bench.until(6 * SECOND), []);
  bench.groups.set(bench, G, NOBODY);
  assertEquals(bench.said, ["to_in 239.1.1.1 {192.0.2.1}"]);
});

Deno.test("a general query is answered for all groups at once, some time within the maximum response", () => {
  const bench = new Bench();
  bench.groups.set(bench, G, EVERYBODY);
  bench.groups.set(bench, H, sourceFilter("include", [A]));
  bench.until(5 * SECOND);
  bench.ask({ maximumResponse_us: 2 * SECOND });
  bench.ask({ maximumResponse_us: 2 * SECOND });
  assertEquals(bench.until(7 * SECOND), ["is_ex 239.1.1.1 {} is_in 239.1.1.2 {192.0.2.1}"]);
});

Deno.test("a query for a group, and for sources of it", () => {
  const bench = new Bench();
  bench.groups.set(bench, G, sourceFilter("exclude", [A]));
  bench.until(5 * SECOND);
  bench.ask({ group: H });
  assertEquals(bench.until(20 * SECOND), []);
  bench.ask({ group: G });
  assertEquals(bench.until(40 * SECOND), ["is_ex 239.1.1.1 {192.0.2.1}"]);
  bench.ask({ group: G, sources: [A, B] });
  assertEquals(bench.until(60 * SECOND), ["is_in 239.1.1.1 {192.0.2.2}"]);
});

Deno.test("a querier of version 2 makes the host speak version 2 until it has been silent for long", () => {
  const bench = new Bench();
  bench.ask({ generation: "groups" });
  assertEquals(bench.host.generation, "groups");
  bench.groups.set(bench, G, sourceFilter("include", [A]));
  assertEquals(bench.until(11 * SECOND), ["groups report 239.1.1.1", "groups report 239.1.1.1"]);
  bench.groups.set(bench, G, NOBODY);
  assertEquals(bench.until(12 * SECOND), ["leave 239.1.1.1"]);
  // 2 x 125 s + 10 s
  bench.until(259 * SECOND);
  assertEquals(bench.host.generation, "groups");
  bench.until(260 * SECOND);
  assertEquals(bench.host.generation, "sources");
});

Deno.test("another host's report is enough, and then the leaving is not ours to tell", () => {
  const bench = new Bench();
  bench.ask({ generation: "groups" });
  bench.groups.set(bench, G, EVERYBODY);
  assertEquals(bench.until(0), ["groups report 239.1.1.1"]);
  bench.host.heardReport(G);
  assertEquals(bench.until(20 * SECOND), []);
  bench.groups.set(bench, G, NOBODY);
  assertEquals(bench.until(21 * SECOND), []);
});

Deno.test("version 1 knows no leaving; the administrator's version goes before what routers say", () => {
  const bench = new Bench();
  bench.ask({ generation: "first" });
  bench.groups.set(bench, G, EVERYBODY);
  bench.groups.set(bench, G, NOBODY);
  assertEquals(bench.until(30 * SECOND), ["first report 239.1.1.1"]);
  bench.forced = "sources";
  bench.groups.set(bench, G, EVERYBODY);
  assertEquals(bench.said.splice(0), ["to_ex 239.1.1.1 {}"]);
});

Deno.test("announced anew, all groups are told as if they had just been joined", () => {
  const bench = new Bench();
  bench.groups.set(bench, G, EVERYBODY);
  bench.groups.set(bench, H, sourceFilter("include", [A]));
  bench.until(5 * SECOND);
  bench.host.announce();
  const both = "to_ex 239.1.1.1 {} allow 239.1.1.2 {192.0.2.1}";
  assertEquals(bench.until(9 * SECOND), [both, both]);
});

Deno.test("the querier's robustness takes the place of ours", () => {
  const bench = new Bench();
  bench.ask({ robustness: 5 });
  bench.groups.set(bench, G, EVERYBODY);
  assertEquals(bench.until(20 * SECOND).filter((one) => one.startsWith("to_ex")).length, 5);
});

Deno.test("reports that do not fit: records go on in the next, sources too, but for those of an exclude record", () => {
  const sources = Array.from({ length: 5 }, (_, i) => IpAddress.fromU32(0xc0000200 + i));
  const split = (type: number) =>
    splitRecords([{ type, group: G, sources }, { type: 2, group: H, sources: [] }], 24, 8, 4)
      .map((packet) => packet.map((one) => `${NAMES[one.type]} ${one.sources.length}`).join());
  assertEquals(split(1), ["is_in 4", "is_in 1,is_ex 0"]);
  assertEquals(split(2), ["is_ex 4", "is_ex 0"]);
  assert(splitRecords([], 24, 8, 4).length === 0);
});
