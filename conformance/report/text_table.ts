/** Lays rows out in columns; the first row is the heading. Widths ignore escape sequences. */
export function textTable(rows: readonly (readonly string[])[]): string {
  // deno-lint-ignore no-control-regex -- escape sequences begin with a control character
  const plain = (cell: string) => cell.replace(/\x1b\[[0-9;]*m/g, "");
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => widths[column] = Math.max(widths[column] ?? 0, plain(cell).length));
  }
  const lines = rows.map((row) =>
    row.map((cell, column) => cell + " ".repeat(widths[column]! - plain(cell).length)).join("  ").trimEnd()
  );
  if (lines.length > 0) lines.splice(1, 0, widths.map((width) => "─".repeat(width)).join("  "));
  return lines.join("\n");
}
