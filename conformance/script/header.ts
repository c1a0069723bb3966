/** The header comment of a script: `// key: value` lines before its first token. */
import type { Problem } from "./diagnostics.ts";
import { nearest } from "./diagnostics.ts";
import { parseInterfaces } from "./header_interfaces.ts";
import type { SourceText } from "./source.ts";
import type {
  Comment,
  DeviceKind,
  HeaderComment,
  HeaderDeviation,
  HeaderEntry,
  HeaderValue,
  IpVersion,
} from "./syntax.ts";
import { IP_VERSIONS } from "./variants.ts";

/** Keys that mean something; others are left alone, as other people's comments hold colons too. */
export const HEADER_KEYS = [
  "title",
  "requires",
  "deviates",
  "strict",
  "offload",
  "device",
  "quiet",
  "interface",
  "route",
  "targets",
  "programs",
  "variants",
] as const;

const LINE = /^([ \t]*\/\/[ \t]*|[ \t]*\*[ \t]*|[ \t]*)([A-Za-z][A-Za-z-]*)[ \t]*:(?:[ \t]+(.*?))?[ \t]*$/;

function warning({ path }: SourceText, { span }: HeaderEntry, message: string, hint: string): Problem {
  return { severity: "warning", kind: "check", path, span, message, expected: [], hint };
}

/** Read the header from the comments in front of `firstToken`. Problems in it are warnings: it is only a comment. */
export function parseHeader(
  source: SourceText,
  comments: readonly Comment[],
  firstToken: number,
): { header: HeaderComment; problems: Problem[] } {
  const entries: HeaderEntry[] = [];
  const problems: Problem[] = [];
  for (const comment of comments) {
    if (comment.span.start >= firstToken) break;
    readComment(source, comment, entries);
  }
  const warn = (entry: HeaderEntry, message: string, hint: string): void => {
    problems.push(warning(source, entry, message, hint));
  };
  const yesOrNo = (entry: HeaderEntry): boolean | undefined => {
    if (entry.value === "yes" || entry.value === "no") return entry.value === "yes";
    warn(entry, `${entry.key}: is yes or no, not '${entry.value}'`, `${entry.key}: yes`);
    return undefined;
  };
  let title: string | undefined;
  let strict: boolean | undefined;
  let offload: boolean | undefined;
  let device: DeviceKind | undefined;
  let quiet: boolean | undefined;
  const requires: HeaderValue[] = [];
  const deviates: HeaderDeviation[] = [];
  const targets: string[] = [];
  const programs: string[] = [];
  const variants: IpVersion[] = [];
  for (const entry of entries) {
    switch (entry.key) {
      case "title":
        title = entry.value;
        break;
      case "requires":
        for (const value of commaList(entry.value)) requires.push({ value, span: entry.span });
        break;
      case "deviates": {
        const match = /^([A-Za-z0-9_-]+)\s*(?:—|–|--|-|:)\s*(.+)$/.exec(entry.value);
        if (match === null) warn(entry, "deviates: is not TARGET — REASON", "deviates: linux — why");
        else deviates.push({ target: match[1] ?? "", reason: match[2] ?? "", span: entry.span });
        break;
      }
      case "strict":
        strict = yesOrNo(entry) ?? strict;
        break;
      case "offload":
        offload = yesOrNo(entry) ?? offload;
        break;
      case "device":
        if (entry.value === "tun" || entry.value === "tap") device = entry.value;
        else warn(entry, `device: is tun or tap, not '${entry.value}'`, "device: tap");
        break;
      case "quiet":
        quiet = yesOrNo(entry) ?? quiet;
        break;
      case "targets":
        targets.push(...commaList(entry.value));
        break;
      case "programs":
        programs.push(...commaList(entry.value));
        break;
      case "variants":
        for (const value of commaList(entry.value)) {
          const version = IP_VERSIONS.find((known) => known === value);
          if (version === undefined) warn(entry, `unknown variant '${value}'`, IP_VERSIONS.join(", "));
          else variants.push(version);
        }
        break;
      default:
        if (!isKnown(entry)) guessKey(entry, warn);
    }
  }
  const lists = { requires, deviates, targets, programs, variants };
  const known = entries.filter(isKnown);
  return {
    header: { entries: known, title, strict, offload, device, quiet, ...lists, ...parseInterfaces(entries, warn) },
    problems,
  };
}

function isKnown({ key }: HeaderEntry): boolean {
  return HEADER_KEYS.some((known) => known === key);
}

/** Other people's comments hold colons, too: only what looks like a slip is remarked. */
function guessKey(entry: HeaderEntry, warn: (entry: HeaderEntry, message: string, hint: string) => void): void {
  const guess = nearest(entry.key, HEADER_KEYS);
  if (guess === undefined || entry.key.length <= 4) return;
  warn(entry, `unknown header key '${entry.key}:'`, `did you mean ${guess}:?`);
}

function commaList(value: string): string[] {
  return value.split(",").map((part) => part.trim()).filter((part) => part !== "");
}

function readComment(source: SourceText, comment: Comment, entries: HeaderEntry[]): void {
  let offset = comment.span.start;
  for (const line of comment.text.split("\n")) {
    const text = comment.kind === "block" ? line.replace(/^\/\*/, "  ").replace(/\*\/$/, "") : line;
    const match = LINE.exec(text);
    const last = entries[entries.length - 1];
    if (match !== null && match[2] === match[2]?.toLowerCase()) {
      const start = offset + (match[1] ?? "").length;
      entries.push({
        key: match[2] ?? "",
        value: match[3] ?? "",
        span: source.span(start, offset + text.trimEnd().length),
      });
    } else if (last !== undefined && /^\s*(?:\/\/|\*)?[ \t]{2,}\S/.test(text) && isNextLine(source, last, offset)) {
      const joined = `${last.value} ${text.replace(/^\s*(?:\/\/|\*)?\s*/, "").trim()}`.trim();
      const span = source.span(last.span.start, offset + text.trimEnd().length);
      entries[entries.length - 1] = { ...last, value: joined, span };
    }
    offset += line.length + 1;
  }
}

function isNextLine(source: SourceText, entry: HeaderEntry, offset: number): boolean {
  return source.lineAt(offset) === entry.span.endLine + 1;
}
