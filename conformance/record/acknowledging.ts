/**
 * Acknowledgements that need not come again as they came. While much comes in a row, it is up to the moment when the program
 * gets to read which segments a stack acknowledges by themselves and which together: no two runs are alike. What counts is
 * what it says in the end.
 *
 * @module
 */
import { isBareAcknowledgement, TOGETHER_US } from "./acknowledgement.ts";
import type { Step, Track } from "./track.ts";

/** Acknowledgements of a stretch in which much came. */
export interface Loose {
  /** The packets that need not come as they came, by their numbers. */
  readonly packets: readonly number[];
  /** The packet behind them that comes as it came; the number of packets where none follows. */
  readonly next: number;
  /** That one acknowledges, too, and so many of the others as much as it does. */
  readonly repeated: number | undefined;
  /** What the others may acknowledge. */
  readonly from: number;
  readonly to: number;
}

/** Stretches in which data come in a row, and the stack does nothing but acknowledge. */
export function looseOf({ steps, received }: Track): Loose[] {
  const loose: Loose[] = [];
  let acknowledgements: Step[] = [];
  let inRow = false;
  let before: Step | undefined;
  const end = (next: Step | undefined) => {
    if (inRow && acknowledgements.length > 1) {
      loose.push(stretch(acknowledgements, next?.index ?? steps.length, next?.rcvNxt ?? received));
    }
    acknowledgements = [];
    inRow = false;
    before = undefined;
  };
  for (const step of steps) {
    if (isBareAcknowledgement(step) && step.segment!.window > 0) {
      if (before !== undefined) acknowledgements.push(step);
    } else if (step.from === "local") {
      end(step);
    } else if ((step.segment?.length ?? 0) > 0) {
      if (before !== undefined && step.time_us - before.time_us < TOGETHER_US) inRow = true;
      before = step;
    }
  }
  end(undefined);
  return loose;
}

/** If the last one acknowledges all that came, it has to come; else what comes next, which has more in it, does. */
function stretch(all: readonly Step[], next: number, received: number): Loose {
  const numbers = all.map(({ acknowledged }) => acknowledged ?? 0);
  const from = Math.min(...numbers);
  const to = numbers.at(-1)!;
  const packets = all.map(({ index }) => index);
  if (to < received) return { packets, next, repeated: undefined, from, to: received };
  const repeated = numbers.filter((number) => number === to).length - 1;
  return { packets: packets.slice(0, -1), next: packets.at(-1)!, repeated, from, to: to - 1 };
}
