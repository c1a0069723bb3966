/**
 * The project's own TypeScript, parsed.
 *
 * @module
 */
import { join, normalize } from "node:path/posix";
import ts from "typescript";

/** An import, or a re-export, of another file of the tree. */
export interface Import {
  /** Path of the file, from the root of the tree. */
  readonly path: string;
  readonly line: number;
  /** Only types come from it: nothing is left of it when the program runs. */
  readonly typeOnly: boolean;
}

/** One file, parsed when somebody looks at more than its text. */
export class SourceFile {
  #tree: ts.SourceFile | undefined;
  #imports: readonly Import[] | undefined;

  /** `path` is from the root of the tree. */
  constructor(readonly path: string, readonly text: string) {}

  get tree(): ts.SourceFile {
    return this.#tree ??= ts.createSourceFile(this.path, this.text, ts.ScriptTarget.Latest, true);
  }

  /** Files of the tree that it imports, type imports and dynamic imports included. */
  get imports(): readonly Import[] {
    return this.#imports ??= importsOf(this);
  }
}

const NOT_OURS = new Set(["node_modules", ".git"]);

/** Whether the file is a test or a tool of tests (`x_test.ts`, `_x.ts`). */
export function isTest(path: string): boolean {
  return /_test\.tsx?$|(^|\/)_[^/]*\.tsx?$/.test(path);
}

/** Whether the file lies in one of the folders, each written with a slash at its end. */
export function isWithin(path: string, ...folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(folder));
}

/** The line of a node, from 1. */
export function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

/** Calls `visit` with the node and all nodes in it, outer ones first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** The module that a node imports from, where it does. */
function importedModule(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  return undefined;
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  if (!ts.isImportDeclaration(node) || node.importClause === undefined) return false;
  const { phaseModifier, name, namedBindings } = node.importClause;
  if (phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  return name === undefined && namedBindings !== undefined && ts.isNamedImports(namedBindings) &&
    namedBindings.elements.length > 0 && namedBindings.elements.every((element) => element.isTypeOnly);
}

function importsOf({ path, tree }: SourceFile): Import[] {
  const imports: Import[] = [];
  walk(tree, (node) => {
    const module = importedModule(node);
    if (module === undefined || !ts.isStringLiteralLike(module) || !module.text.startsWith(".")) return;
    imports.push({
      path: normalize(join(path, "..", module.text)),
      line: lineOf(tree, node),
      typeOnly: isTypeOnly(node),
    });
  });
  return imports;
}

/** Names that a file imports from the tree, each with `path#name` of what it stands for. */
export function importedNames(file: SourceFile): Map<string, string> {
  const names = new Map<string, string>();
  for (const statement of file.tree.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const module = (statement.moduleSpecifier as ts.StringLiteral).text;
    const bindings = statement.importClause?.namedBindings;
    if (!module.startsWith(".") || bindings === undefined || !ts.isNamedImports(bindings)) continue;
    const path = normalize(join(file.path, "..", module));
    for (const { name, propertyName } of bindings.elements) {
      names.set(name.text, `${path}#${(propertyName ?? name).text}`);
    }
  }
  return names;
}

/** Reads all TypeScript below `root`, in the order of their paths. */
export function readTree(root: string): SourceFile[] {
  const paths: string[] = [];
  const collect = (folder: string) => {
    for (const entry of Deno.readDirSync(join(root, folder))) {
      if (NOT_OURS.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory) collect(path);
      else if (/\.tsx?$/.test(entry.name)) paths.push(path);
    }
  };
  collect("");
  return paths.sort().map((path) => new SourceFile(path, Deno.readTextFileSync(join(root, path))));
}
