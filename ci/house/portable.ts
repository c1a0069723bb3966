/**
 * What runs in a browser asks nothing of Deno or Node.
 *
 * @module
 */
import ts from "typescript";
import type { Breach } from "./breach.ts";
import { type SourceFile, walk } from "./source_tree.ts";

/** Where programs begin that run in browsers. */
const BROWSER_ENTRIES = ["playground/page/main.ts", "playground/worker/main.ts", "conformance/report/page/main.tsx"];
/** The one file that asks what there is. */
const SEAM = "conformance/paths.ts";

/** Files that are left of a program when its types are gone, by way of what imports them. */
function reached(files: readonly SourceFile[]): Map<string, string> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const through = new Map(BROWSER_ENTRIES.filter((path) => byPath.has(path)).map((path) => [path, path]));
  for (const path of through.keys()) {
    for (const to of byPath.get(path)?.imports ?? []) {
      if (!to.typeOnly && byPath.has(to.path) && !through.has(to.path)) through.set(to.path, path);
    }
  }
  return through;
}

function runtimeUse(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node) && node.text === "Deno" && !ts.isTypeReferenceNode(node.parent)) return "Deno";
  const isModule = ts.isStringLiteral(node) && /^(?:node|jsr):/.test(node.text) &&
    (ts.isImportDeclaration(node.parent) || ts.isExportDeclaration(node.parent) || ts.isCallExpression(node.parent));
  return isModule ? node.text : undefined;
}

/** Uses of Deno and Node in what runs in browsers. */
export function boundToRuntime(files: readonly SourceFile[]): Breach[] {
  const through = reached(files);
  const breaches: Breach[] = [];
  for (const file of files.filter(({ path }) => through.has(path) && path !== SEAM)) {
    walk(file.tree, (node) => {
      const use = runtimeUse(node);
      if (use === undefined) return;
      const line = file.tree.getLineAndCharacterOfPosition(node.getStart(file.tree)).line + 1;
      const message = `uses ${use}, and runs in browsers by way of ${through.get(file.path)}: have it handed in`;
      breaches.push({ rule: "portable", path: file.path, line, message, subject: file.path, size: 1 });
    });
  }
  return breaches;
}
