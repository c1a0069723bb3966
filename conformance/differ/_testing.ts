/** What the tests of this folder share: stacks in virtual time, one of them with a fault. */
import { Stack } from "../../stack/stack.ts";
import { SimTarget } from "../targets/sim.ts";
import { PythonRunner } from "../timeline/mod.ts";
import type { Life, Opening } from "./connection.ts";
import type { Sides } from "./trial.ts";

/** A plain opening. */
export const OPENING: Opening = {
  family: "ipv4",
  passive: true,
  mss: 1460,
  sack: true,
  stamps: false,
  scale: 7,
  ecn: false,
  synWindow: 65535,
  window: 257,
  isn: 0,
  roundTrip_ms: 10,
  congestion: "reno",
  options: [],
};

/** A life with these acts. */
export function life(acts: Life["acts"], opening: Partial<Opening> = {}): Life {
  return { opening: { ...OPENING, ...opening }, acts };
}

/** Our stack beside one of ours that does not know SACK. */
export async function beside(sysctl: Record<string, number>, work: (sides: Sides) => Promise<void>): Promise<void> {
  const python = new PythonRunner();
  const reference = new SimTarget({
    name: "other",
    makeStack: (options) => new Stack({ ...options, sysctl }),
  });
  const own = new SimTarget({ name: "own", makeStack: (options) => new Stack(options) });
  try {
    await work({ reference, own, python });
  } finally {
    await python.close();
  }
}
