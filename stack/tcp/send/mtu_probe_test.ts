import { assertEquals } from "@std/assert";
import { deviationsOf, type Profile } from "../../deviations.ts";
import { Sysctl } from "../../sysctl.ts";
import { MtuProbe, type ProbeOpportunity } from "./mtu_probe.ts";

const SETTINGS = [
  "mtu_probing",
  "base_mss",
  "probe_threshold",
  "probe_interval",
  "mtu_probe_floor",
  "min_snd_mss",
] as const;

/** A search over a path of `mtu` octets with 40 octets of headers; the peer takes 1460. */
function search(mtu: number, probing: number, profile: Profile = "linux") {
  const sysctl = new Sysctl({ "net.ipv4.tcp_mtu_probing": String(probing), "net.ipv4.tcp_base_mss": "512" });
  const entries = SETTINGS.map((name) => [name, sysctl.entry(`net.ipv4.tcp_${name}`)]);
  const path = { used: mtu, overhead: 40, mtu: () => path.used, probe: (size: number) => void (path.used = size) };
  const clock = { now: 0 };
  const counted: number[] = [];
  // Only the settings that are read.
  const config = Object.fromEntries(entries) as ConstructorParameters<typeof MtuProbe>[1];
  const probe = new MtuProbe(path, config, deviationsOf(profile), () => clock.now, (counter) => counted.push(counter));
  probe.start(1460, 0);
  return { probe, path, clock, counted };
}

const PLENTY: ProbeOpportunity = {
  mss: 600,
  unsent: 100_000,
  room: 100_000,
  cwnd: 20,
  quota: 20,
  calm: true,
  reordering: 3,
};

Deno.test("the middle between what passes and what the peer takes; then the next middle", () => {
  const { probe, path, counted } = search(640, 2);
  assertEquals(probe.next(PLENTY), 986);
  probe.sent(1, 987);
  assertEquals(probe.next(PLENTY), 0);
  assertEquals([probe.acknowledged(500), path.used], [false, 640]);
  assertEquals([probe.acknowledged(987), path.used, counted.length], [true, 1026, 1]);
  assertEquals(probe.next(PLENTY), 1223);
});

Deno.test("a probe that is lost lowers the other end; the path stays as it is", () => {
  const { probe, path } = search(640, 2);
  probe.next(PLENTY);
  probe.sent(1, 987);
  assertEquals(probe.lost(601), false);
  assertEquals(probe.lost(1), true);
  assertEquals(path.used, 640);
  assertEquals(probe.next(PLENTY), Math.floor((552 + 1025) / 2) - 40);
});

Deno.test("the search ends when the range is narrow, and begins anew after the interval", () => {
  const { probe, clock } = search(640, 2);
  for (let i = 0, size = probe.next(PLENTY); size > 0; i++, size = probe.next(PLENTY)) {
    probe.sent(i, i + 1);
    probe.lost(i);
  }
  assertEquals(probe.next(PLENTY), 0);
  clock.now += 601e6;
  assertEquals(probe.next(PLENTY) > 0, true);
});

Deno.test("no probe without data that follows, window, calm, or where it is not wanted", () => {
  const { probe } = search(640, 2);
  for (const less of [{ unsent: 3385 }, { room: 3385 }, { cwnd: 10 }, { quota: 1 }, { calm: false }]) {
    assertEquals(probe.next({ ...PLENTY, ...less }), 0, JSON.stringify(less));
  }
  assertEquals(probe.next({ ...PLENTY, unsent: 3386 }), 986);
  assertEquals(search(640, 0).probe.next(PLENTY), 0);
  assertEquals(search(640, 1).probe.next(PLENTY), 0);
});

Deno.test("a black hole: down to the base, then by halves, not below the floor; then the search begins", () => {
  const { probe, path } = search(1500, 1);
  const sizes = [1, 2, 3, 4, 5, 6].map(() => (probe.suspectBlackHole(), path.used - 40));
  assertEquals(sizes, [512, 256, 128, 64, 48, 48]);
  assertEquals(probe.next(PLENTY) > 0, true);
  const never = search(1500, 0);
  assertEquals([never.probe.suspectBlackHole(), never.path.used], [false, 1500]);
});

Deno.test("the RFC's search starts with what surely passes", () => {
  assertEquals(search(1500, 2, "rfc").path.used, 552);
});
