/** From text to {@link Script}: options, init command, events, cleanup command. */
import { Cursor, SyntaxFailure } from "./cursor.ts";
import { type Problem, ScriptError } from "./diagnostics.ts";
import { parseHeader } from "./header.ts";
import { lex, type Token } from "./lexer.ts";
import { parseOption } from "./options.ts";
import { isInterfaceName } from "./parse_link.ts";
import { parsePacket } from "./parse_packet.ts";
import { parseSystemCall } from "./parse_syscall.ts";
import { parseTime } from "./parse_time.ts";
import { SourceText } from "./source.ts";
import { Definitions } from "./symbols.ts";
import type { Action, Dialect, Event, IpVersion, Script, ScriptOption, ShellCommand, TimeSpec } from "./syntax.ts";

/** How to read a script. */
export interface ParseOptions {
  /** For messages. */
  readonly path?: string;
  /** The command line's or the variant's choice; it wins over the script's `--ip_version`. Without either: ipv4. */
  readonly ipVersion?: IpVersion | undefined;
  /** `-D NAME=value` of the command line; they win over the script's. */
  readonly definitions?: Readonly<Record<string, string>>;
  /**
   * The grammar. `auto` (default): packetdrill's with the superset; if that fails and nplab's does not, nplab's.
   */
  readonly dialect?: Dialect | "auto";
  /** nplab's `#ifdef` name for the system under test. Default `Linux`. */
  readonly platform?: string;
}

/** A parsed script and the warnings that parsing gave. */
export interface ParseResult {
  /** The tree. */
  readonly script: Script;
  /** Problems that do not refuse the script. */
  readonly warnings: readonly Problem[];
}

/** The names for which nplab's `#ifdef` keeps text. */
export function definedNames(source: string, options: ParseOptions): ReadonlySet<string> {
  const names = new Set([options.platform ?? "Linux", ...Object.keys(options.definitions ?? {})]);
  for (const match of source.matchAll(/^--define=([A-Za-z0-9_]+)/gm)) names.add(match[1] ?? "");
  return names;
}

/** Options of nplab alone: their presence decides which grammar's messages are shown. */
const NPLAB_MARKS = /^#ifdef\s|^\s*--(?:udp_encapsulation|tcp_md5_secret|tun_dev|persistent_tun_dev|no_cleanup)\b/m;

/** More problems than this are not reported. */
const MAX_PROBLEMS = 100;

/**
 * Parse a script.
 *
 * @throws ScriptError with every problem of the file, when packetdrill would refuse it
 */
export function parseScript(source: string, options: ParseOptions = {}): Script {
  return parseScriptWithWarnings(source, options).script;
}

/** As {@link parseScript}, with the warnings. */
export function parseScriptWithWarnings(source: string, options: ParseOptions = {}): ParseResult {
  const dialect = options.dialect ?? "auto";
  if (dialect !== "auto") return new ScriptParser(source, options, dialect).run();
  try {
    return new ScriptParser(source, options, "packetdrill").run();
  } catch (error) {
    if (!(error instanceof ScriptError) || error.unsupported !== undefined) throw error;
    try {
      return new ScriptParser(source, options, "nplab").run();
    } catch (other) {
      if (!(other instanceof ScriptError)) throw other;
      throw other.unsupported !== undefined || NPLAB_MARKS.test(source) ? other : error;
    }
  }
}

class ScriptParser {
  readonly #source: SourceText;
  readonly #options: ParseOptions;
  readonly #dialect: Dialect;

  constructor(text: string, options: ParseOptions, dialect: Dialect) {
    this.#source = new SourceText(options.path ?? "<script>", text);
    this.#options = options;
    this.#dialect = dialect;
  }

  run(): ParseResult {
    const source = this.#source;
    const lexed = lex(source, this.#dialect, definedNames(source.text, this.#options));
    const lexical = lexed.tokens.filter((token) => token.kind === "bad");
    const tokens = lexical.length === 0 ? lexed.tokens : lexed.tokens.filter((token) => token.kind !== "bad");
    const definitions = new Definitions(this.#options.definitions);

    // The options come first and decide the wire family, so they are read with a cursor of their own.
    const head = new Cursor(source, tokens, this.#dialect, definitions, "ipv4");
    const scriptOptions = this.#parseOptions(head, definitions);
    const ipVersion = this.#options.ipVersion ?? scriptIpVersion(scriptOptions);
    const c = new Cursor(source, tokens, this.#dialect, definitions, ipVersion === "ipv6" ? "ipv6" : "ipv4");
    c.index = head.index;
    c.substituteFrom = head.index;

    const firstToken = tokens[0]?.start ?? 0;
    const { header, problems: warnings } = parseHeader(source, lexed.comments, firstToken);
    const initCommand = this.#parseShell(c);
    const events: Event[] = [];
    let cleanupCommand: ShellCommand | undefined;
    const failures: { failure: Problem; from: number }[] = [];
    for (;;) {
      if (c.isKind("eof") && events.length + failures.length > 0) break;
      if (c.isKind("backquoted") && c.isKind("eof", 1) && events.length + failures.length > 0) {
        cleanupCommand = this.#parseShell(c);
        break;
      }
      const start = c.index;
      const from = c.peek().start;
      try {
        events.push(this.#parseEvent(c));
      } catch (error) {
        if (!(error instanceof SyntaxFailure)) throw error;
        failures.push({ failure: error.problem, from });
        this.#recover(c, start);
        if (c.isKind("eof") || failures.length > MAX_PROBLEMS) break;
      }
    }

    const problems: Problem[] = [...head.problems, ...c.problems];
    for (const token of lexical) {
      problems.push({
        severity: "error",
        kind: "syntax",
        path: source.path,
        span: source.span(token.start, token.end),
        message: token.problem?.message ?? "bad token",
        expected: [],
        hint: token.problem?.hint,
      });
    }
    for (const { failure, from } of failures) {
      // What a bad token broke is told once, at the token.
      const explained = lexical.some((token) => token.start >= from && token.start <= failure.span.start);
      if (!explained || lexical.length === 0) problems.push(failure);
    }
    const script: Script = {
      path: source.path,
      source: source.text,
      dialect: this.#dialect,
      ipVersion,
      wire: c.wire,
      options: scriptOptions,
      header,
      initCommand,
      events,
      cleanupCommand,
      superset: c.superset,
      comments: lexed.comments,
    };
    const sctp = tokens.find(isSctp) ?? unreadSctp(lexical);
    if (sctp !== undefined) {
      // Every line of such a script would be a problem of its own.
      const problem: Problem = {
        severity: "error",
        kind: "syntax",
        path: source.path,
        span: source.span(sctp.start, sctp.end),
        message: "the script tests SCTP, which netproof does not read",
        expected: [],
        hint: "TCP, UDP and ICMP are; such scripts are skipped",
      };
      throw new ScriptError([problem], source, false, script, "SCTP");
    }
    if (problems.length > 0) {
      problems.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
      const wire = scriptOptions.some((option) => option.name === "psp_udp_port");
      throw new ScriptError(problems.slice(0, MAX_PROBLEMS), source, wire, script);
    }
    return { script, warnings };
  }

  #parseOptions(c: Cursor, definitions: Definitions): ScriptOption[] {
    const options: ScriptOption[] = [];
    while (c.isKind("option")) {
      const start = c.peek().start;
      try {
        options.push(this.#parseOption(c, definitions));
      } catch (error) {
        if (!(error instanceof SyntaxFailure)) throw error;
        c.report(error.problem);
        const line = this.#source.lineAt(start);
        while (!c.isKind("eof") && !c.isKind("option") && this.#source.lineAt(c.peek().start) === line) c.next();
      }
    }
    return options;
  }

  #parseOption(c: Cursor, definitions: Definitions): ScriptOption {
    const token = c.next();
    let value: string | undefined;
    let valueStart = 0;
    if (c.acceptChar("=")) {
      valueStart = c.peek().start;
      value = this.#parseOptionValue(c, token.text, definitions);
    }
    const span = c.spanFrom(token.start);
    const parsed = parseOption(token.text, value, this.#dialect);
    if (!parsed.ok) {
      const { message, hint } = parsed;
      c.report({ severity: "error", kind: "option", path: this.#source.path, span, message, expected: [], hint });
    }
    return { name: token.text, value, valueSpan: value === undefined ? undefined : c.spanFrom(valueStart), span };
  }

  #parseOptionValue(c: Cursor, name: string, definitions: Definitions): string {
    const token = c.peek();
    const quoted = `quote values other than names, whole numbers and addresses: --${name}="…"`;
    if (token.kind === "word" && c.isChar("=", 1)) {
      c.next();
      c.next();
      const value = c.peek();
      const kinds = ["word", "string", "backquoted", ...(this.#dialect === "nplab" ? ["integer", "hex"] : [])];
      if (!kinds.includes(value.kind)) {
        for (const what of ["a word", "a string", "a back-quoted command"]) c.expecting(what);
        c.fail(value.kind === "integer" ? 'quote a number: NAME="…"' : undefined);
      }
      c.next();
      const mark = value.kind === "string" ? '"' : value.kind === "backquoted" ? "`" : "";
      if (name === "define") definitions.define(token.text, `${mark}${value.text}${mark}`);
      return `${token.text}=${mark}${value.text}${mark}`;
    }
    const plain = ["integer", "word", "string", "ipv4", "ipv6"].includes(token.kind);
    if (!plain && !c.isKeyword("ipv4") && !c.isKeyword("ipv6")) {
      for (const what of ["a whole number", "a word", "a string", "an address"]) c.expecting(what);
      c.fail(quoted);
    }
    c.next();
    // `ipv4-mapped-ipv6` and `192.0.2.1/24` go on right behind the first token.
    const follower = c.peek();
    if (follower.start === token.end && follower.kind !== "eof" && follower.kind !== "option") c.fail(quoted);
    return token.text;
  }

  #parseShell(c: Cursor): ShellCommand | undefined {
    if (!c.isKind("backquoted")) return undefined;
    const token = c.next();
    return { command: token.text, span: c.tokenSpan(token) };
  }

  #parseEvent(c: Cursor): Event {
    const time = parseTime(c);
    const line = time.span.line;
    const action = this.#parseAction(c);
    this.#checkTime(c, time, action);
    return { time, action, line, span: c.spanFrom(time.span.start) };
  }

  #parseAction(c: Cursor): Action {
    const token = c.peek();
    if (c.isChar("<") || c.isChar(">") || isInterfaceName(c)) return parsePacket(c);
    switch (token.kind) {
      case "ellipsis":
      case "word":
        return parseSystemCall(c);
      case "backquoted":
        c.next();
        return { kind: "command", command: token.text, span: c.tokenSpan(token) };
      case "code":
        c.next();
        return { kind: "code", text: token.text, span: c.tokenSpan(token) };
      default:
    }
    for (const what of ["'<'", "'>'", "a system call", "a back-quoted command", "a %{ code block }%"]) {
      c.expecting(what);
    }
    return c.fail();
  }

  #checkTime(c: Cursor, time: TimeSpec, action: Action): void {
    if (action.kind === "packet" && action.direction === "out") return;
    if (time.kind === "any") {
      c.semantic(time.span, "event time <star> can only be used with outbound packets", "give a time");
    } else if (time.kind === "absolute-range" || time.kind === "relative-range") {
      c.semantic(time.span, "event time range can only be used with outbound packets", "give one time");
    }
  }

  /** Go to what looks like the next event: a time at the start of a line with an action behind it. */
  #recover(c: Cursor, failedEvent: number): void {
    if (c.index <= failedEvent) c.index = failedEvent + 1;
    for (; !c.isKind("eof"); c.next()) {
      const before = c.previousEnd;
      const startsLine = this.#source.text.slice(before, c.peek().start).includes("\n");
      if (startsLine && looksLikeEvent(c)) return;
      if (startsLine && c.isKind("backquoted") && c.isKind("eof", 1)) return;
    }
  }
}

/** Packets, calls and options of SCTP's. Its protocol number alone may stand for a socket that is refused. */
function isSctp({ kind, text }: Token): boolean {
  return (kind === "word" || kind === "reserved") && /^(?:sctp|sctp_[a-z0-9_]+|SCTP_[A-Z0-9_]+)$/.test(text);
}

/** As {@link isSctp}, in text that could not be taken apart. */
function unreadSctp(bad: readonly Token[]): Token | undefined {
  return bad.find(({ text }) => /\b(?:IPPROTO_SCTP|sctp)\b/.test(text));
}

function looksLikeEvent(c: Cursor): boolean {
  let ahead = 0;
  if (c.isChar("*")) {
    ahead = 1;
  } else {
    if (c.isChar("+")) ahead++;
    if (!c.isKind("float", ahead) && !c.isKind("integer", ahead)) return false;
    ahead++;
  }
  const token = c.peek(ahead);
  if (token.kind === "char") return token.text === "<" || token.text === ">" || token.text === "~";
  return token.kind === "word" || token.kind === "ellipsis" || token.kind === "backquoted" || token.kind === "code";
}

function scriptIpVersion(options: readonly ScriptOption[]): IpVersion {
  let version: IpVersion = "ipv4";
  for (const option of options) {
    if (option.name !== "ip_version") continue;
    const value = option.value?.replaceAll("_", "-");
    if (value === "ipv4" || value === "ipv6" || value === "ipv4-mapped-ipv6") version = value;
  }
  return version;
}
