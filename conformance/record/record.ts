/**
 * From a capture to a script.
 *
 * @module
 */
import type { Frame } from "./capture/frame.ts";
import { ChoiceError, choose, endsOf, isFrom, type Local, sightsOf, surveyOf } from "./choose.ts";
import { conversationOf } from "./conversation.ts";
import { OpeningError } from "./opening.ts";
import { type RecordedScript, scriptOf } from "./script_text.ts";
import { endpointText } from "./survey.ts";

/** How to record. */
export interface RecordOptions {
  /** The stack under test; undefined: the user is asked. */
  readonly local: Local | undefined;
  /** Number of the connection, where there are several. */
  readonly connection: number | undefined;
  /** Title of the script. */
  readonly title: string | undefined;
  /** Expect the windows that the stack advertised. */
  readonly windows: boolean;
  /** µs. */
  readonly tolerance_us: number;
  /** What the packets come from, for the script's head. */
  readonly source: string;
}

/**
 * The script of a connection in a capture, which is gone through twice.
 *
 * @param frames begins to read it
 * @throws {ChoiceError} where the user has to choose, or the connection can't be recorded
 */
export function record(frames: () => Iterable<Frame>, options: RecordOptions): RecordedScript {
  const contents = surveyOf(frames());
  const connection = choose(contents, options.local, options.connection);
  const ends = endsOf(connection, options.local!);
  const sights = sightsOf(frames(), connection.number);
  const conversation = conversationOf(sights, isFrom(ends.local));
  const client = ends.local === connection.first;
  const family = ends.local.address.family === 4 ? "IPv4" : "IPv6";
  const about = [
    `Recorded from ${options.source}: ${endpointText(ends.local)} (the stack under test) and ` +
    `${endpointText(ends.remote)}.`,
    "Addresses, ports, sequence numbers and time stamps are the script's own; system calls are inferred.",
  ];
  if (conversation.repeated > 0) {
    about.push(`${conversation.repeated} packets were in the capture twice, once for each interface.`);
  }
  try {
    return scriptOf(conversation, {
      title: options.title ?? `A recorded connection, ${family}, opened by ${client ? "the stack" : "its peer"}`,
      about,
      windows: options.windows,
      tolerance_us: options.tolerance_us,
    });
  } catch (error) {
    if (error instanceof OpeningError) throw new ChoiceError(error.message);
    throw error;
  }
}
