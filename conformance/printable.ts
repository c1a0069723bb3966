/**
 * Texts of scripts, commands and packets on a terminal.
 *
 * @module
 */

/** Colours that reports use: bold, dim, red, green, yellow, and their ends. */
const COLOURS: ReadonlySet<string> = new Set(["[1m", "[2m", "[22m", "[31m", "[32m", "[33m", "[39m"]);

/** Control characters, with what follows one that may be a colour, and those that turn the direction of writing. */
const CONTROLS = /\p{Cc}(\[[0-9;]*m)?|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * What a script, a command or a packet brought must not drive the terminal: control characters are shown as a script would
 * write them, but for line ends, tabs and, where asked for, the colours of reports.
 */
export function printable(text: string, colour: boolean): string {
  return text.replace(CONTROLS, (all, sgr: string | undefined) => {
    if (all[0] === "\n" || all[0] === "\t") return all;
    if (colour && all[0] === "\u001b" && sgr !== undefined && COLOURS.has(sgr)) return all;
    const code = all.charCodeAt(0);
    const shown = code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
    return `${shown}${sgr ?? ""}`;
  });
}
