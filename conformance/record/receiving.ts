/**
 * When the local program read how much. A packet does not tell, but the windows do: while the program reads, the window's
 * edge moves on with what comes; where it stands still, it did not.
 *
 * @module
 */
import * as tcp from "../../stack/wire/tcp.ts";
import { isBareAcknowledgement, TOGETHER_US } from "./acknowledgement.ts";
import type { Loose } from "./acknowledging.ts";
import type { DraftCall } from "./draft_call.ts";
import type { Step, Track } from "./track.ts";

/** Unless more than so many octets have come: then a program has read some. */
const MUCH = 32_768;

/** An acknowledgement that comes within this is not a delayed one, µs. */
const PROMPT_US = 5_000;

/** A read. */
export interface Read {
  readonly time_us: number;
  readonly before: number;
  readonly length: number;
  /** The window had stood still until then. */
  readonly late: boolean;
}

/** Packets between which the program did not read: from the first on, until in front of the second. */
type Pause = readonly [from: number, to: number];

/**
 * Where the window fell below half of what it had been, until it was above again; from the last packet in front of that
 * whose window was not yet smaller on.
 */
function pausesOf({ steps, agreement }: Track): Pause[] {
  const pauses: Pause[] = [];
  let largest = 0;
  let began: number | undefined;
  let whole = 0;
  for (const { index, from, segment } of steps) {
    if (segment === undefined || from !== "local" || (segment.flags & (tcp.SYN | tcp.RST)) !== 0) continue;
    const window = segment.window * 2 ** agreement.localShift;
    if (window * 2 < largest) {
      began ??= whole;
    } else {
      if (began !== undefined) pauses.push([began, index]);
      began = undefined;
    }
    if (window >= largest) whole = index;
    largest = Math.max(largest, window);
  }
  if (began !== undefined) pauses.push([began, steps.length]);
  return pauses;
}

/**
 * The reads of a track, none behind the packet numbered `until`. What is acknowledged at once is read when it comes: reading
 * may be why. What is acknowledged later, or with data, is read behind that, for reading must not be why it comes sooner.
 */
export function readsOf(track: Track, until: number, loose: readonly Loose[]): Read[] {
  const { steps } = track;
  const pauses = pausesOf(track);
  const isPaused = (index: number) => pauses.some(([from, to]) => from < index && index < to);
  const acknowledgements = acknowledgementsOf(track);
  const isLoose = (index: number) => loose.some(({ packets, next }) => packets[0]! <= index && index <= next);
  const fin = finOf(steps);
  const reads: Read[] = [];
  let had = 1;
  steps.forEach((step, index) => {
    const next = steps[index + 1];
    if (!isFromPeer(step) || isPaused(index)) return;
    if (isFollowed(step, following(steps, index)) && step.rcvNxt - had < MUCH) return;
    const there = next?.rcvNxt ?? track.received;
    const answer = acknowledgements.find((one) => one.index > index && one.ack > had);
    if (answer === undefined) return;
    const length = Math.min(there, fin, isLoose(answer.index) ? Infinity : answer.ack) - had;
    const prompt = isLoose(answer.index) || (answer.bare && answer.time_us - step.time_us <= PROMPT_US);
    const at = prompt ? { time_us: step.time_us, before: index + 1 } : {
      time_us: answer.time_us,
      before: answer.index + 1,
    };
    if (length <= 0 || at.before > until) return;
    had += length;
    reads.push({ ...at, length, late: false });
  });
  return withLate(track, reads, pauses, until);
}

/** A packet by which the stack acknowledges. */
interface Acknowledgement {
  readonly index: number;
  readonly time_us: number;
  readonly ack: number;
  /** It has nothing else. */
  readonly bare: boolean;
}

function acknowledgementsOf({ steps }: Track): Acknowledgement[] {
  return steps.flatMap(({ index, time_us, from, segment, acknowledged }) =>
    from !== "local" || segment === undefined || acknowledged === undefined ? [] : [{
      index,
      time_us,
      ack: acknowledged,
      bare: segment.length === 0 && (segment.flags & tcp.FIN) === 0,
    }]
  );
}

/** What came while the program paused is read when it goes on. */
function withLate(track: Track, reads: Read[], pauses: readonly Pause[], until: number): Read[] {
  const { steps } = track;
  const late: Read[] = [];
  for (const [, to] of pauses) {
    const step = steps[to];
    if (step === undefined || to > until) continue;
    const read = [...reads, ...late].filter((one) => one.before <= to).reduce((sum, one) => sum + one.length, 0);
    const length = Math.min(step.rcvNxt, finOf(steps)) - 1 - read;
    if (length <= 0) continue;
    late.push({ time_us: step.time_us, before: to, length, late: true });
    // What was read next was reckoned from before the pause.
    const following = reads.findIndex((one) => one.before > to);
    const next = reads[following];
    if (next !== undefined) reads[following] = { ...next, length: next.length - length };
  }
  return [...reads, ...late].filter(({ length }) => length > 0).sort((a, b) => a.before - b.before);
}

function isFromPeer({ from, segment, rcvNxt }: Step): boolean {
  return from === "remote" && segment !== undefined && rcvNxt > 0;
}

/** The packet after the one numbered `index`, but for what the stack only acknowledges with. */
function following(steps: readonly Step[], index: number): Step | undefined {
  let next = index + 1;
  while (steps[next] !== undefined && isBareAcknowledgement(steps[next]!)) next++;
  return steps[next];
}

/** More comes at once, and nothing is answered in between. */
function isFollowed(step: Step, next: Step | undefined): boolean {
  return next !== undefined && next.from === "remote" && next.time_us - step.time_us < TOGETHER_US;
}

/** The number of the peer's FIN, behind all that can be read. */
function finOf(steps: readonly Step[]): number {
  const fin = steps.find(({ from, segment }) => from === "remote" && ((segment?.flags ?? 0) & tcp.FIN) !== 0);
  return fin === undefined ? Infinity : fin.start + fin.segment!.length;
}

/** The calls of a receiver. */
export function receivingCalls(reads: readonly Read[], fd: number): DraftCall[] {
  return reads.map(({ time_us, before, length, late }) => ({
    time_us,
    before,
    text: `read(${fd}, ..., ${length}) = ${length}`,
    ...(late ? { comment: "The window had stood still: the program reads again." } : {}),
  }));
}
