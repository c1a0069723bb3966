/**
 * The formatter: one event a line with its times in a column, one way of spacing. Tokens and comments stay as they are;
 * line breaks inside an event stay where they are; code, commands and strings are not touched.
 */
import { lex, type LexResult, type Token } from "./lexer.ts";
import { definedNames, type ParseOptions, parseScript } from "./parser.ts";
import { SourceText } from "./source.ts";
import { gapBetween, Layout } from "./format_spacing.ts";
import type { Comment, Event, Script } from "./syntax.ts";

const LEAST_TIME_WIDTH = 5;
/** Longer times stick out rather than push all the others to the right. */
const MOST_TIME_WIDTH = 6;
const CONTINUATION = 4;

/**
 * A script in the one format.
 *
 * @throws ScriptError if it does not parse
 */
export function formatScript(source: string, options: ParseOptions = {}): string {
  const script = parseScript(source, options);
  const text = new SourceText(script.path, source);
  const lexed = lex(text, script.dialect, definedNames(source, options));
  const formatted = new Formatter(script, text, lexed).run();
  const again = lex(new SourceText(script.path, formatted), script.dialect, definedNames(source, options));
  if (signature(again) !== signature(lexed)) {
    throw new Error(`${script.path}: formatting would have changed the tokens of this script; please report it`);
  }
  return formatted;
}

/** Everything that must stay the same. */
function signature(lexed: LexResult): string {
  const tokens = lexed.tokens.map((token) => `${token.kind} ${token.text}`);
  return [...tokens, ...lexed.comments.map((comment) => comment.text.trimEnd())].join("\n");
}

/** A piece that starts a line of its own. */
interface Chunk {
  readonly start: number;
  readonly end: number;
  readonly event: Event | undefined;
  readonly comment: Comment | undefined;
}

class Formatter {
  readonly #layout: Layout;
  readonly #timeWidth: number;
  readonly #lines: string[] = [];

  constructor(readonly script: Script, readonly source: SourceText, readonly lexed: LexResult) {
    this.#layout = new Layout(script);
    const widths = script.events.map((event) => this.#timeText(event).length).filter((width) =>
      width <= MOST_TIME_WIDTH
    );
    this.#timeWidth = Math.max(LEAST_TIME_WIDTH, ...widths);
  }

  run(): string {
    let previousEnd = 0;
    for (const chunk of this.#chunks()) {
      const between = this.source.text.slice(previousEnd, chunk.start);
      const breaks = between.split("\n").length - 1;
      if (chunk.comment !== undefined && breaks === 0 && this.#lines.length > 0) {
        this.#append(`  ${chunk.comment.text.trimEnd()}`);
      } else {
        if (breaks > 1 && this.#lines.length > 0) this.#lines.push("");
        if (chunk.event !== undefined) this.#event(chunk.event);
        else if (chunk.comment !== undefined) this.#push(chunk.comment.text.trimEnd());
        else this.#push(this.source.text.slice(chunk.start, chunk.end));
      }
      previousEnd = chunk.end;
    }
    return this.#lines.join("\n") + "\n";
  }

  #chunks(): Chunk[] {
    const { script } = this;
    const plain = [...script.options, script.initCommand, script.cleanupCommand].filter((node) => node !== undefined);
    const chunks: Chunk[] = [
      ...plain.map(({ span }) => ({ start: span.start, end: span.end, event: undefined, comment: undefined })),
      ...script.events.map((event) => ({ start: event.span.start, end: event.span.end, event, comment: undefined })),
      ...this.lexed.directives.map(({ start, end }) => ({ start, end, event: undefined, comment: undefined })),
    ];
    chunks.sort((a, b) => a.start - b.start);
    const inside = (offset: number): boolean => {
      let low = 0;
      let high = chunks.length - 1;
      while (low <= high) {
        const middle = (low + high) >> 1;
        const chunk = chunks[middle];
        if (chunk === undefined || chunk.start > offset) high = middle - 1;
        else if (chunk.end <= offset) low = middle + 1;
        else return true;
      }
      return false;
    };
    const loose = this.lexed.comments.filter((comment) => !inside(comment.span.start));
    const all = chunks.concat(
      loose.map((comment) => ({ start: comment.span.start, end: comment.span.end, event: undefined, comment })),
    );
    return all.sort((a, b) => a.start - b.start);
  }

  #push(text: string): void {
    this.#lines.push(...text.split("\n"));
  }

  #append(text: string): void {
    const [first, ...rest] = text.split("\n");
    this.#lines[this.#lines.length - 1] += first ?? "";
    this.#lines.push(...rest);
  }

  /** Tokens of the range [start, end). */
  #tokens(start: number, end: number): readonly Token[] {
    const { tokens } = this.lexed;
    let low = 0;
    let high = tokens.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tokens[middle]?.start ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    const out: Token[] = [];
    for (
      let token = tokens[low];
      token !== undefined && token.start < end && token.kind !== "eof";
      token = tokens[++low]
    ) {
      out.push(token);
    }
    return out;
  }

  /** Where the time ends, a blocking call's end time included. */
  #timeEnd(event: Event): number {
    const { action } = event;
    return action.kind === "syscall" && action.blockingEnd_us !== undefined
      ? action.nameSpan.start
      : event.time.span.end;
  }

  #timeText(event: Event): string {
    return this.#tokens(event.span.start, this.#timeEnd(event)).map((token) => this.#raw(token)).join("");
  }

  #raw(token: Token): string {
    return this.source.text.slice(token.start, token.end);
  }

  #event(event: Event): void {
    const timeEnd = this.#timeEnd(event);
    const inner = this.lexed.comments.filter((comment) =>
      comment.span.start >= event.span.start && comment.span.end <= event.span.end
    );
    this.#push(this.#timeText(event).padStart(this.#timeWidth));
    const actionColumn = (this.#lines[this.#lines.length - 1] ?? "").length + 1;
    const brackets: { column: number; indent: number; hanging: boolean }[] = [];
    let indent = actionColumn;
    let first = true;
    let previous: Token | undefined;
    let previousEnd = timeEnd;
    const items = [...this.#tokens(timeEnd, event.span.end), ...inner].sort((a, b) => offset(a) - offset(b));
    let mustBreak = false;
    for (const item of items) {
      const start = offset(item);
      const token = "span" in item ? undefined : item;
      const broken = this.source.text.slice(previousEnd, start).includes("\n");
      if (!first && (mustBreak || broken)) {
        const bracket = brackets[brackets.length - 1];
        const closes = token !== undefined && token.kind === "char" && ")]}".includes(token.text);
        if (bracket === undefined) indent = actionColumn + CONTINUATION;
        else if (!bracket.hanging) indent = bracket.column + 1;
        else indent = closes ? bracket.indent : bracket.indent + CONTINUATION;
        this.#lines.push(" ".repeat(indent));
      } else if (first) {
        this.#append(" ");
      } else if (token === undefined || previous === undefined) {
        this.#append(" ");
      } else {
        this.#append(gapBetween(this.#layout, event.action, previous, token, brackets.length));
      }
      mustBreak = false;
      if (token === undefined) {
        const comment = item as Comment;
        this.#append(comment.text.trimEnd());
        mustBreak = comment.kind === "line";
        previousEnd = comment.span.end;
      } else {
        const column = (this.#lines[this.#lines.length - 1] ?? "").length;
        this.#append(this.#raw(token));
        if (token.kind === "char" && "([{".includes(token.text)) {
          const rest = /^[ \t]*(?:\/\/[^\n]*)?\n/.test(this.source.text.slice(token.end, token.end + 400));
          brackets.push({ column, indent, hanging: rest });
        } else if (token.kind === "char" && ")]}".includes(token.text)) {
          brackets.pop();
        }
        previousEnd = token.end;
        previous = token;
      }
      first = false;
    }
  }
}

function offset(item: Token | Comment): number {
  return "span" in item ? item.span.start : item.start;
}
