/**
 * Standard output and error, with a closed pipe taken as "nobody reads any more" and not as a failure.
 *
 * @module
 */
const encoder = new TextEncoder();

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): boolean {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    if (error instanceof Deno.errors.WouldBlock) return true;
    throw error;
  }
}

/**
 * What a script, a command or a packet brought must not drive the terminal: control characters are shown as such, but for
 * line ends, tabs and, where asked for, colours.
 */
export function printable(text: string, colour: boolean): string {
  return text.replace(/\p{Cc}(\[[0-9;]*m)?/gu, (all, sgr: string | undefined) => {
    if (all[0] === "\n" || all[0] === "\t") return all;
    if (colour && all[0] === "\u001b" && sgr !== undefined) return all;
    return `\ufffd${sgr ?? ""}`;
  });
}

/** Where the command writes. */
export class Output {
  /** Whether standard output is a terminal. */
  readonly terminal: boolean = Deno.stdout.isTerminal();
  /** Whether to use colours: on a terminal, unless NO_COLOR is set. */
  readonly colour: boolean = this.terminal && !Deno.noColor;
  /** Runs before each line, to take a progress line away. */
  beforeLine: () => void = () => {};
  private open = true;

  /** One line (or block of lines) to standard output. */
  line(text: string): void {
    this.beforeLine();
    if (this.open) this.open = writeAll(Deno.stdout, `${printable(text, this.colour)}\n`);
  }

  /** One message to standard error. */
  error(text: string): void {
    this.beforeLine();
    writeAll(Deno.stderr, `${printable(text, false)}\n`);
  }
}
