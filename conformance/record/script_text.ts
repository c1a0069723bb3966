/**
 * The script of a conversation.
 *
 * @module
 */
import { formatScript } from "../script/format.ts";
import { looseOf } from "./acknowledging.ts";
import { closingOf } from "./closing.ts";
import type { Conversation } from "./conversation.ts";
import type { DraftCall } from "./draft_call.ts";
import { type Opening, openingOf } from "./opening.ts";
import { readsOf, receivingCalls } from "./receiving.ts";
import { ScriptNumbers } from "./script_numbers.ts";
import { type Sending, sendingCalls, sendingOf } from "./sending.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { PacketEvents, type ScriptEvent } from "./packet_events.ts";
import { type Track, trackOf } from "./track.ts";

/** How a script is written. */
export interface ScriptStyle {
  readonly title: string;
  /** Lines for the head of the script. */
  readonly about: readonly string[];
  /** Expect the windows that the local end advertised, too. */
  readonly windows: boolean;
  /** µs. */
  readonly tolerance_us: number;
  /** The calls that the program was seen to make, in place of those that are inferred. */
  readonly calls?: readonly DraftCall[] | undefined;
}

/** A script, and what it could not be told. */
export interface RecordedScript {
  readonly text: string;
  readonly doubts: readonly string[];
}

/**
 * Writes it.
 *
 * @throws {OpeningError} where the capture does not show how the connection was opened
 */
export function scriptOf(conversation: Conversation, style: ScriptStyle): RecordedScript {
  const numbers = new ScriptNumbers(conversation.happenings);
  const track = trackOf(conversation, numbers);
  const opening = openingOf(conversation);
  const settings = settingsOf(conversation, track);
  const inferred = inferCalls(track, opening);
  const calls = style.calls ?? inferred.calls;
  const ends = new Set(inferred.sending?.writes.map(({ to }) => to));
  const doubts = [
    ...(style.calls === undefined ? inferred.doubts : []),
    ...settings.doubts,
    ...doubtsOf(conversation, track, opening),
  ];
  const packets = new PacketEvents(conversation, track, numbers, style, ends);
  const events = eventLines(interleave(packets.all(), calls));
  const text = [
    ...heading(conversation, style, doubts),
    ...optionLines(settings, style, numbers),
    "",
    ...(settings.sysctl.length === 0 ? [] : [`\`sysctl -q ${settings.sysctl.join(" ")}\``, ""]),
    ...events,
    "",
  ].join("\n");
  return { text: `${formatScript(text, parseOptions(conversation)).trimEnd()}\n`, doubts };
}

function parseOptions(conversation: Conversation) {
  return { path: "recorded.pkt", ipVersion: familyOf(conversation), dialect: "packetdrill" } as const;
}

function familyOf({ happenings }: Conversation): "ipv4" | "ipv6" {
  return happenings[0]!.what.family === 4 ? "ipv4" : "ipv6";
}

/** The calls that explain the packets, and what they leave open. */
interface Inferred {
  readonly calls: DraftCall[];
  readonly doubts: string[];
  readonly sending?: Sending;
}

function inferCalls(track: Track, opening: Opening): Inferred {
  const doubts: string[] = [];
  const calls = [...opening.calls];
  if (opening.kind === "unanswered") doubts.push("how long the program waited for the connection");
  if (opening.kind !== "listen" && opening.kind !== "connect") return { calls, doubts };
  const closing = closingOf(track, opening);
  const sending = sendingOf(track);
  const end = closing.calls.at(-1);
  const closes = sending.writes.some(({ finished }) => finished);
  const reads = readsOf(track, closing.at, looseOf(track));
  calls.push(...receivingCalls(reads, opening.fd));
  calls.push(...sendingCalls(sending, opening.fd, end));
  if (!closes) calls.push(...closing.calls);
  if (sending.writes.length > 0) {
    doubts.push("where one write ended and the next began, but by PSH; what was written before it could be sent");
  }
  if (reads.length > 0) doubts.push("when the program read what came, but by the windows");
  if (sending.unsent) doubts.push("how much was written and never sent: one full segment stands for it");
  if (track.steps.some(({ segment }) => (segment?.urgent ?? 0) !== 0)) {
    doubts.push("how urgent data were written or read");
  }
  if (closing.doubt !== undefined) doubts.push(closing.doubt);
  if (sending.initialWindow !== undefined) {
    doubts.push(`why ${sending.initialWindow} segments went out at first: a route's initcwnd, maybe`);
  }
  return { calls, doubts, sending };
}

function doubtsOf({ distance_us }: Conversation, track: Track, opening: Opening): string[] {
  const doubts: string[] = [];
  if (opening.kind === "listen" || opening.kind === "connect") {
    doubts.push("congestion control, buffers, and other settings that no packet tells of: they are the target's own");
  }
  if (track.missing > 0) doubts.push(`${track.missing} octets that were sent and are not in the capture`);
  if (distance_us > 0) {
    doubts.push(
      `what was lost between the capture and the local end, ${(distance_us / 1000).toFixed(1)} ms away and back ` +
        "(times are as the local end must have seen them)",
    );
  }
  return doubts;
}

/** The events in order: a call stands in front of the packet that it is put before. */
function interleave(packets: readonly (readonly ScriptEvent[])[], calls: readonly DraftCall[]): ScriptEvent[] {
  const inOrder = [...calls].sort((a, b) => a.before - b.before);
  const events: ScriptEvent[] = [];
  let next = 0;
  for (let index = 0; index < packets.length; index++) {
    for (; next < inOrder.length && inOrder[next]!.before <= index; next++) {
      events.push({ ...inOrder[next]!, comment: inOrder[next]!.comment });
    }
    events.push(...packets[index] ?? []);
  }
  return events;
}

/**
 * The lines of events. Times count from the event before: where a timer of the stack goes off somewhat later than it did
 * then, all that follows does, too.
 */
function eventLines(events: readonly ScriptEvent[]): string[] {
  let before_us = 0;
  return events.flatMap(({ time_us, text, lasts_us, comment, anyTime }, i) => {
    const comments = comment === undefined ? [] : [`// ${comment}`];
    if (anyTime === true) return [...comments, `* ${text}`];
    const gap_us = Math.max(0, Math.round(time_us) - before_us);
    before_us += gap_us;
    const time = i === 0 ? "0" : `+${secondsText(gap_us)}`;
    const end = lasts_us === undefined ? "" : `...${secondsText(gap_us + Math.round(lasts_us))}`;
    return [...comments, `${time}${end} ${text}`];
  });
}

function secondsText(time_us: number): string {
  return (time_us / 1e6).toFixed(6).replace(/\.?0+$/, "");
}

function heading(conversation: Conversation, style: ScriptStyle, doubts: readonly string[]): string[] {
  return [
    `// title: ${style.title}`,
    `// variants: ${familyOf(conversation)}`,
    "// strict: yes",
    "// offload: no",
    "//",
    ...style.about.map((line) => `// ${line}`),
    ...(doubts.length === 0 ? [] : ["//", "// Not told by the capture:"]),
    ...doubts.map((doubt) => `//   - ${doubt}`),
    "",
  ];
}

function optionLines(settings: Settings, style: ScriptStyle, numbers: ScriptNumbers): string[] {
  return [
    `--tolerance_usecs=${style.tolerance_us}`,
    ...settings.options.map((option) => `--${option}`),
    ...(numbers.echoesUnseen ? ["--tcp_ts_ecr_scaled"] : []),
  ];
}
