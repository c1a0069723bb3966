/**
 * Two runs of a script side by side: what both did in one row, and where they parted.
 *
 * @module
 */
import { compareAll, type ComparedStep, type SideBySide } from "../compare.ts";
import type { EvidenceEntry, RunResult } from "../results.ts";
import { diagramOf } from "./build.ts";
import type { Diagram, DiagramRow } from "./model.ts";

/** What two runs did at the same point. */
export interface PairedRow {
  /** Absent where the run did nothing there. */
  readonly left?: DiagramRow | undefined;
  readonly right?: DiagramRow | undefined;
  readonly differs: boolean;
  /** Fields that differ, where both did something. */
  readonly fields: readonly SideBySide[];
  /** One of them had ended before. */
  readonly beyond: boolean;
}

/** Two runs side by side. Keys of rows are those of each run's diagram, with `left-` or `right-` before them. */
export interface PairedDiagram {
  readonly rows: readonly PairedRow[];
  /** Key of a row of the first pair that differs. */
  readonly first?: string | undefined;
}

/** Puts two runs of the same script side by side, in the order of the script. */
export function pairedDiagramOf(left: RunResult, right: RunResult): PairedDiagram {
  const sides = { left: new Side(left, "left"), right: new Side(right, "right") };
  const { steps, beyond } = compareAll(left, right);
  const rows = [
    ...steps.map((step) => pairOf(step, sides, false)),
    ...beyond.map((step) => pairOf(step, sides, true)),
  ];
  addAbsent(rows, sides.left, "right");
  addAbsent(rows, sides.right, "left");
  const first = rows.find(({ differs }) => differs);
  return { rows, first: (first?.left ?? first?.right)?.key };
}

/** One run and its rows. */
class Side {
  readonly diagram: Diagram;
  readonly #evidence: readonly EvidenceEntry[];
  readonly #rows = new Map<number, DiagramRow>();

  constructor(run: RunResult, readonly name: "left" | "right") {
    this.diagram = diagramOf(run);
    this.#evidence = run.evidence ?? [];
    for (const row of this.diagram.rows) for (const at of row.entries) this.#rows.set(at, this.named(row));
  }

  named(row: DiagramRow): DiagramRow {
    return { ...row, key: `${this.name}-${row.key}` };
  }

  rowOf(entry: EvidenceEntry | undefined): DiagramRow | undefined {
    if (entry === undefined) return undefined;
    const same = this.#evidence.indexOf(entry);
    // Parts that were joined have the place of the first.
    const at = same >= 0
      ? same
      : this.#evidence.findIndex((one) =>
        one.kind === entry.kind && one.time_us === entry.time_us && one.line === entry.line &&
        entry.text.startsWith(one.text)
      );
    return this.#rows.get(at);
  }
}

function pairOf(
  step: ComparedStep,
  sides: Readonly<Record<"left" | "right", Side>>,
  beyond: boolean,
): PairedRow {
  return {
    left: sides.left.rowOf(step.left),
    right: sides.right.rowOf(step.right),
    differs: step.differs,
    fields: step.fields,
    beyond,
  };
}

/** What a run failed for because it did not come stands beside what the other has there. */
function addAbsent(rows: PairedRow[], side: Side, other: "left" | "right"): void {
  const { rows: own, failing } = side.diagram;
  const absent = own.find(({ entries, key }) => entries.length === 0 && key === failing);
  if (absent === undefined) return;
  const row = side.named(absent);
  const at = rows.findIndex((pair) => pair[side.name] === undefined && pair[other]?.line === absent.line);
  if (at >= 0) rows[at] = { ...rows[at]!, [side.name]: row };
  else rows.push({ [side.name]: row, differs: true, fields: [], beyond: false });
}
