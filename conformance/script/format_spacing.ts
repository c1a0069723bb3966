/** Where the formatter puts a blank between two tokens of an event, and where not. */
import type { Token } from "./lexer.ts";
import type { Action, AddressPair, Script, Span, Transport } from "./syntax.ts";

/** Places that need more than their neighbours to be told apart, by offset. */
export class Layout {
  /** Colons that end an outer header or an address pair: a blank follows. */
  readonly prefixColons = new Set<number>();
  /** `<` and `>` of option lists. */
  readonly optionOpen = new Set<number>();
  readonly optionClose = new Set<number>();
  /** Option lists and repeat counts, where commas take no blank; in order of place. */
  readonly #tight: Span[] = [];
  readonly #flagStarts = new Map<number, number>();

  constructor(script: Script) {
    for (const { action } of script.events) {
      if (action.kind !== "packet") continue;
      if (action.repeat !== undefined) this.#tight.push(action.repeat.span);
      if (action.ethernet !== undefined) this.prefixColons.add(action.ethernet.span.end - 1);
      for (const encapsulation of action.encapsulations) this.prefixColons.add(encapsulation.span.end - 1);
      this.#body(action.addresses, action.transport);
    }
  }

  #body(addresses: AddressPair | undefined, transport: Transport): void {
    if (addresses !== undefined) this.prefixColons.add(addresses.span.end - 1);
    if (transport.kind === "icmp" && transport.quoted?.kind === "packet") {
      this.#body(transport.quoted.addresses, transport.quoted.transport);
    }
    if (transport.kind !== "tcp") return;
    this.#flagStarts.set(transport.flags.span.start, transport.flags.span.end);
    if (transport.options.kind !== "none") {
      const { span } = transport.options;
      this.#tight.push(span);
      this.optionOpen.add(span.start);
      this.optionClose.add(span.end - 1);
    }
  }

  /** Whether the token at `start` belongs to the same flags as the one before it. */
  withinFlags(previous: Token, next: Token): boolean {
    for (let at = previous.start; at > previous.start - 16 && at >= 0; at--) {
      const end = this.#flagStarts.get(at);
      if (end !== undefined) return next.end <= end;
    }
    return false;
  }

  /** Whether an offset lies in a TCP option list or a repeat count. */
  isTight(offset: number): boolean {
    let low = 0;
    let high = this.#tight.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const span = this.#tight[middle];
      if (span === undefined || span.start > offset) high = middle - 1;
      else if (span.end <= offset) low = middle + 1;
      else return true;
    }
    return false;
  }
}

const isChar = (token: Token, chars: string): boolean => token.kind === "char" && chars.includes(token.text);

/** "" or " ". `depth` counts the brackets open behind `previous`. */
export function gapBetween(layout: Layout, action: Action, previous: Token, next: Token, depth: number): "" | " " {
  if (isChar(next, ",)]}")) return "";
  if (isChar(previous, "([{")) return "";
  if (action.kind === "packet" || action.kind === "silence") {
    return packetGap(layout, action.interface?.markSpan.start ?? action.span.start, previous, next);
  }
  return callGap(action, previous, next, depth);
}

function packetGap(layout: Layout, mark: number, previous: Token, next: Token): "" | " " {
  if (previous.start === mark) return isChar(next, "?{") ? "" : " ";
  // `who-has` and `is-at`.
  if (isChar(next, "-") && previous.kind === "word" && next.start === previous.end) return "";
  if (layout.withinFlags(previous, next)) return "";
  if (layout.optionClose.has(next.start) || layout.optionOpen.has(previous.start)) return "";
  if (layout.optionClose.has(previous.start)) return isChar(next, "/") ? "" : " ";
  if (isChar(previous, ",")) return layout.isTight(previous.start) ? "" : " ";
  if (isChar(next, ":!/")) return "";
  if (isChar(previous, ":")) return layout.prefixColons.has(previous.start) ? " " : "";
  if (isChar(previous, "/~") || isChar(next, "~")) return "";
  if (isChar(previous, "-") && next.kind !== "integer") return "";
  if (isChar(next, "(")) return next.start === previous.end ? "" : " ";
  return " ";
}

function callGap(action: Action, previous: Token, next: Token, depth: number): "" | " " {
  if (isChar(previous, ",")) return " ";
  if (isChar(previous, "|") || isChar(next, "|")) return "";
  if (action.kind === "mib") {
    if (isChar(previous, "+") || (isChar(previous, "<>") && isChar(next, "="))) return "";
    return isChar(next, "(") ? "" : " ";
  }
  if (isChar(next, ":%") || isChar(previous, ":%")) return "";
  if (isChar(next, "=") || isChar(previous, "=")) return depth > 0 ? "" : " ";
  if (isChar(next, "(")) {
    const name = action.kind === "syscall" ? action.nameSpan.start : -1;
    if (depth === 0) return previous.start === name ? "" : " ";
    return previous.kind === "reserved" || previous.kind === "word" ? "" : " ";
  }
  return " ";
}
