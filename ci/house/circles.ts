/**
 * Circles of imports.
 *
 * @module
 */
import type { Breach } from "./breach.ts";
import type { SourceFile } from "./source_tree.ts";

/** Groups of files that import one another, directly or through others (Tarjan's strongly connected components). */
export function findCircles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string) => {
    const number = order.size;
    order.set(file, number);
    lowest.set(file, number);
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!graph.has(next)) continue;
      if (!order.has(next)) visit(next);
      // A file that has left the path belongs to a group that is closed already.
      if (path.includes(next)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(next)!));
    }
    if (lowest.get(file) !== number) return;
    const group = path.splice(path.indexOf(file));
    if (group.length > 1 || graph.get(file)?.includes(file)) circles.push(group.sort());
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return circles;
}

/** Each file that is part of a circle; `size` is how many files the circle has. Nobody imports a `_test.ts`. */
export function importCircles(files: readonly SourceFile[]): Breach[] {
  const importable = files.filter(({ path }) => !/_test\.tsx?$/.test(path));
  const graph = new Map(importable.map((file) => [file.path, file.imports.map(({ path }) => path)]));
  return findCircles(graph).flatMap((circle) => {
    const members = new Set(circle);
    return circle.map((path): Breach => {
      const into = files.find((file) => file.path === path)!.imports.find((to) => members.has(to.path))!;
      const message = `imports ${into.path}, which leads back here (a circle of ${circle.length} files)`;
      return { rule: "circle", path, line: into.line, message, subject: path, size: circle.length };
    });
  });
}
