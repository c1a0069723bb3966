/**
 * Texts of scripts, commands and packets, as people are shown them.
 *
 * @module
 */

/** Colours that reports use: bold, dim, red, green, yellow, and their ends. */
const COLOURS: ReadonlySet<string> = new Set(["[1m", "[2m", "[22m", "[31m", "[32m", "[33m", "[39m"]);

/**
 * Control characters, with what follows one that may be a colour, those that turn the direction of writing, and halves of
 * characters, which no file can hold.
 */
const CONTROLS = /\p{Cc}(\[[0-9;]*m)?|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|\p{Cs}/gu;

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/**
 * What a script, a command or a packet brought must not drive the terminal: control characters are shown as a script would
 * write them, but for line ends, tabs and, where asked for, the colours of reports.
 */
export function printable(text: string, colour: boolean): string {
  return text.replace(CONTROLS, (all, sgr: string | undefined) => {
    if (all[0] === "\n" || all[0] === "\t") return all;
    if (colour && all[0] === "\u001b" && sgr !== undefined && COLOURS.has(sgr)) return all;
    return `${escaped(all)}${sgr ?? ""}`;
  });
}

/** A name, of a file for example, in one line. */
export function printableName(name: string): string {
  return printable(name, false).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}
