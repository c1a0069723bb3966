/**
 * Which row of a diagram a run failed at. What was expected and did not come becomes a row of its own.
 *
 * @module
 */
import type { ArrowRow, DiagramRow, DiagramRun, EventRow } from "./model.ts";
import { packetWords } from "./words.ts";

/** Rows with the failing one marked by its key. */
export interface MarkedRows {
  readonly rows: readonly DiagramRow[];
  readonly failing?: string | undefined;
}

/** Marks the row at which a run failed, and says beside it what failed. One that passed has none. */
export function withFailure(rows: readonly DiagramRow[], run: DiagramRun): MarkedRows {
  if (run.message === "" || !["fail", "flaky", "error", "expected-fail"].includes(run.verdict)) return { rows };
  const message = plainMessage(run.message);
  const at = failingIndex(rows, run);
  const expected = expectedPacket(run);
  const end = endOfScript(rows);
  if (at === undefined) {
    const place = placeAt(rows, end, run.line);
    const row: DiagramRow = expected === undefined
      ? { ...place, key: "verdict", kind: "verdict", text: message, failure: message }
      : { ...expectedRow(place, expected), failure: message };
    return { rows: rows.toSpliced(end, 0, row), failing: row.key };
  }
  const marked = rows.with(at, { ...rows[at]!, failure: message });
  const failing = rows[at]!.key;
  if (expected === undefined || rows[at]!.kind !== "arrow") return { rows: marked, failing };
  const actual = marked[at]!;
  const wanted = expectedRow({ ...actual, entries: [], line: run.line, failure: undefined }, expected);
  return { rows: marked.toSpliced(at, 1, wanted, { ...actual, since_us: 0 }), failing };
}

/** The first line of a message, without the place, which the row tells. */
export function plainMessage(message: string): string {
  return message.split("\n")[0]!.replace(/^[^\n]*?:\d+: /, "");
}

/** The packet that the script expects, where that is what failed. */
function expectedPacket({ failure }: DiagramRun): string | undefined {
  if (failure?.expected === undefined) return undefined;
  if (failure.kind !== "packet" && failure.kind !== "missing-packet" && failure.kind !== "time") return undefined;
  return failure.expected.trim().split("\n")[0]!.replace(/^\d+\.\d+\s+/, "").trim();
}

function failingIndex(rows: readonly DiagramRow[], run: DiagramRun): number | undefined {
  const kind = run.failure?.kind;
  const find = (matches: (row: DiagramRow) => boolean) => {
    const at = rows.findLastIndex(matches);
    return at < 0 ? undefined : at;
  };
  const refused = rows.findIndex((row) => row.kind === "arrow" && row.fate === "refused");
  if (refused >= 0) return refused;
  if (kind === "missing-packet" || kind === "parse" || kind === "machine") return undefined;
  if (kind === "unexpected-packet") return find((row) => isActual(row, run)) ?? find(isUnclaimed);
  const { line } = run;
  if (line === undefined) return undefined;
  // The line of an assertion lies within its block.
  if (kind === "code") return find((row) => row.kind === "code" && (row.line ?? Infinity) <= line);
  return find((row) => row.line === line);
}

function isUnclaimed(row: DiagramRow): boolean {
  return row.kind === "arrow" && row.fate === "unclaimed";
}

function isActual(row: DiagramRow, { failure, evidence }: DiagramRun): boolean {
  const bytes = evidence?.[row.entries[0] ?? -1]?.bytes;
  return bytes !== undefined && failure?.actual_bytes?.startsWith(bytes) === true;
}

/** Behind the last row that is not a command of the cleanup, which runs whatever happened. */
function endOfScript(rows: readonly DiagramRow[]): number {
  return rows.findLastIndex((row) => row.kind !== "command" || row.line !== undefined) + 1;
}

type Place = Pick<EventRow, "entries" | "time_us" | "since_us" | "line" | "waiting">;

function placeAt(rows: readonly DiagramRow[], at: number, line: number | undefined): Place {
  const before = rows[at - 1];
  const opened = before?.kind === "call" && before.part === "begins" ? [before.text] : [];
  return {
    entries: [],
    time_us: before?.time_us ?? 0,
    since_us: 0,
    line,
    waiting: [...before?.waiting ?? [], ...opened],
  };
}

function expectedRow(place: Place & { readonly failure?: string | undefined }, text: string): ArrowRow {
  const { entries, time_us, since_us, line, waiting, failure } = place;
  const common = { key: "expected", entries, time_us, since_us, line, waiting, failure };
  return {
    ...common,
    kind: "arrow",
    from: "stack",
    to: "runner",
    fate: "expected",
    text,
    words: packetWords(text),
    layers: [],
  };
}
