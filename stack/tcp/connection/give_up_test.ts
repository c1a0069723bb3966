import { assertEquals } from "@std/assert";
import { deviationsOf } from "../../deviations.ts";
import { TCP_ESTABLISHED, TCP_SYN_SENT } from "../../../abi/tcp_constants.ts";
import { Sysctl } from "../../sysctl.ts";
import { tcpConfig } from "../config.ts";
import { TcpSettings } from "../settings.ts";
import { backoffTime, type GivingUp, mayContinue, mayProbe } from "./give_up.ts";

function connection(changes: Partial<GivingUp> = {}, now = 0) {
  const told: string[] = [];
  const made: GivingUp = {
    state: TCP_ESTABLISHED,
    handshake: false,
    settings: new TcpSettings(),
    context: { config: tcpConfig(new Sysctl()), net: { now }, deviations: deviationsOf("linux") },
    endpoint: { sock_dead: false, sk_dst_reset: () => told.push("route") },
    sender: { rtoMin: 200_000, rtoMax: 120_000_000 },
    opening: { openedAt: 0, fastOpenChild: false },
    timeOut: () => told.push("timed out"),
    ...changes,
  };
  return { made, told };
}

Deno.test("giving up: fifteen doublings from 200 ms are 924.6 s, as ip-sysctl says", () => {
  assertEquals(backoffTime(15, 200_000, 120_000_000), 924_600_000);
});

Deno.test("giving up: R2 is a time, whatever the number of timeouts (RFC9293-SHLD-11)", () => {
  const before = connection({}, 924_500_000);
  assertEquals([mayContinue(before.made, 40, 0), before.told], [true, ["route"]]);
  const after = connection({}, 924_700_000);
  assertEquals([mayContinue(after.made, 10, 0), after.told], [false, ["route", "timed out"]]);
});

Deno.test("giving up: at R1 another route is looked for (RFC9293-MUST-20)", () => {
  const { made, told } = connection();
  mayContinue(made, 2, 0);
  assertEquals(told, []);
  mayContinue(made, 3, 0);
  assertEquals(told, ["route"]);
});

Deno.test("giving up: a SYN has the time of its doublings, the linear ones counted in", () => {
  const opening = { state: TCP_SYN_SENT, handshake: true };
  assertEquals(mayContinue(connection(opening, 126_900_000).made, 9, 0), true);
  assertEquals(mayContinue(connection(opening, 127_000_000).made, 9, 0), false);
  const once = connection(opening, 3_000_000);
  once.made.settings.synCount = 1;
  assertEquals(mayContinue(once.made, 2, 0), false);
});

Deno.test("giving up: by the RFC a SYN has three minutes (RFC9293-MUST-23), unless the program says fewer", () => {
  const context = { config: tcpConfig(new Sysctl()), net: { now: 179_000_000 }, deviations: deviationsOf("rfc") };
  const { made } = connection({ state: TCP_SYN_SENT, handshake: true, context });
  assertEquals(mayContinue(made, 9, 0), true);
  context.net.now = 180_000_000;
  assertEquals(mayContinue(made, 9, 0), false);
  made.settings.synCount = 1;
  context.net.now = 3_000_000;
  assertEquals(mayContinue(made, 2, 0), false);
});

Deno.test("giving up: the user timeout goes before everything (RFC9293-MUST-21)", () => {
  const { made, told } = connection({}, 3_000_000);
  made.settings.userTimeout = 3_000_000;
  assertEquals([mayContinue(made, 1, 100), told], [true, []]);
  assertEquals([mayContinue(made, 1, 0), told], [false, ["timed out"]]);
});

Deno.test("giving up: unanswered probes end the connection after so many, or by the user timeout", () => {
  assertEquals(mayProbe(connection().made, 14, 0), true);
  assertEquals(mayProbe(connection().made, 15, 0), false);
  const { made } = connection({}, 2_000_000);
  made.settings.userTimeout = 2_000_000;
  assertEquals([mayProbe(made, 3, 1), mayProbe(made, 3, 0)], [true, false]);
});
