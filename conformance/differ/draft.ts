/**
 * A script that is being written: lines with their times.
 *
 * @module
 */
import type { CallRecord } from "../report/results.ts";
import type { Opening } from "./connection.ts";

/** A line of a script. */
export interface Line {
  readonly at_ms: number;
  /** What stands behind the time; of a call, given what it returns (undefined while that is not known). */
  readonly text: string | ((returned: CallRecord | undefined) => string);
}

/** What stands before the lines. */
export function heading(opening: Opening, title: string): string[] {
  return [
    `// title: ${title}`,
    `// variants: ${opening.family}`,
    "// offload: no",
    "--tcp_ts_ecr_scaled",
    // How late the runner is, is noted; a script that goes on tells more than one that does not.
    "--tolerance_usecs=20000",
    "",
  ];
}

/** One line as text. */
export function lineText(line: Line, returned: CallRecord | undefined): string {
  return atTime(line.at_ms, typeof line.text === "string" ? line.text : line.text(returned));
}

/** `text` with its time before it. */
export function atTime(at_ms: number, text: string): string {
  return `${(at_ms / 1000).toFixed(3).padStart(8)} ${text}`;
}

/** A call without what it returns: `name(arguments)`. */
export function call(text: string, usual = "0"): (returned: CallRecord | undefined) => string {
  return (returned) => `${text} = ${returned === undefined ? usual : resultText(returned)}`;
}

/** What stands behind the sign of equality. */
export function resultText({ result, errno }: CallRecord): string {
  return errno === undefined ? result : `${result} ${errno} (as it was)`;
}
