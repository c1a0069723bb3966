/**
 * Acknowledgements that need not come again as they came. While much comes in a row, it is up to the moment when the program
 * gets to read which segments a stack acknowledges by themselves and which together: no two runs are alike. What counts is
 * what it says in the end.
 *
 * @module
 */
import * as tcp from "../../stack/wire/tcp.ts";
import { isBareAcknowledgement, TOGETHER_US } from "./receiving.ts";
import type { Step } from "./track.ts";

/** Acknowledgements of a stretch in which much came, but for the last one. */
export interface Loose {
  /** The packets, by their numbers. */
  readonly packets: readonly number[];
  /** The last acknowledgement, which comes as it came. */
  readonly last: number;
  /** So many of them acknowledge as much as the last one does. */
  readonly repeated: number;
  /** What the others may acknowledge. */
  readonly from: number;
  readonly to: number;
}

/** Stretches in which data come in a row, and the stack does nothing but acknowledge. */
export function looseOf(steps: readonly Step[]): Loose[] {
  const loose: Loose[] = [];
  let acknowledgements: Step[] = [];
  let inRow = false;
  let before: Step | undefined;
  const end = () => {
    const last = acknowledgements.at(-1);
    if (inRow && last !== undefined && acknowledgements.length > 1) loose.push(stretch(acknowledgements, last));
    acknowledgements = [];
    inRow = false;
    before = undefined;
  };
  for (const step of steps) {
    if (isBareAcknowledgement(step) && step.segment!.window > 0) {
      if (before !== undefined) acknowledgements.push(step);
    } else if (step.from === "local") {
      end();
    } else if ((step.segment?.length ?? 0) > 0) {
      if (before !== undefined && step.time_us - before.time_us < TOGETHER_US) inRow = true;
      before = step;
    } else if (step.segment !== undefined && (step.segment.flags & (tcp.SYN | tcp.RST)) !== 0) {
      end();
    }
  }
  end();
  return loose;
}

function stretch(acknowledgements: readonly Step[], last: Step): Loose {
  const others = acknowledgements.filter((one) => one !== last);
  const numbers = acknowledgements.map(({ acknowledged }) => acknowledged ?? 0);
  const to = last.acknowledged ?? 0;
  return {
    packets: others.map(({ index }) => index),
    last: last.index,
    repeated: numbers.filter((number) => number === to).length - 1,
    from: Math.min(...numbers),
    to: to - 1,
  };
}
