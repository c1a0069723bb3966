/**
 * How long files and functions are, and how many fields objects have.
 *
 * @module
 */
import ts from "typescript";
import type { Breach } from "./breach.ts";
import { isTest, lineOf, type SourceFile, walk } from "./source_tree.ts";

/** Most lines of a file. */
export const FILE_LINES = 400;
/** Most lines of a function: a screen. */
export const FUNCTION_LINES = 60;
/** Most fields of a class or an interface. */
export const OBJECT_FIELDS = 30;

/** A line that says nothing but which clauses the code below carries. */
const CLAUSES_ONLY = /^\s*\/\/ (RFC[0-9]+-[A-Za-z0-9._-]+,? ?)+$/;

/** Lines that count. */
function countLines(text: string): number {
  return text.split("\n").filter((line) => !CLAUSES_ONLY.test(line)).length;
}

/** Files that are too long, tests included. */
export function longFiles(files: readonly SourceFile[]): Breach[] {
  return files.flatMap(({ path, text }) => {
    const lines = countLines(text.replace(/\n$/, ""));
    if (lines <= FILE_LINES) return [];
    const message = `has ${lines} lines, more than ${FILE_LINES}: a file holds one thing`;
    return [{ rule: "long-file", path, line: 1, message, subject: path, size: lines }];
  });
}

/** What a function is called, as far as the tree says: its own name, or that of what it is given to. */
function nameOf(node: ts.Node): string {
  const named = node as { readonly name?: ts.Node };
  if (named.name !== undefined) return named.name.getText();
  if (ts.isConstructorDeclaration(node)) return `${nameOf(node.parent)}.constructor`;
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) {
    return parent.name.getText();
  }
  return "anonymous";
}

/** Functions that do not fit a screen, tests excluded. */
export function longFunctions(files: readonly SourceFile[]): Breach[] {
  const breaches: Breach[] = [];
  for (const { path, tree } of files.filter((file) => !isTest(file.path))) {
    walk(tree, (node) => {
      if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return;
      const line = lineOf(tree, node);
      const lines = countLines(node.getText(tree));
      if (lines <= FUNCTION_LINES) return;
      const name = nameOf(node);
      const message = `${name} has ${lines} lines, more than ${FUNCTION_LINES}: a function fits on a screen`;
      breaches.push({ rule: "long-function", path, line, message, subject: `${path}#${name}`, size: lines });
    });
  }
  return breaches;
}

function fieldsOf(node: ts.ClassLikeDeclaration | ts.InterfaceDeclaration): number {
  const members: readonly ts.Node[] = node.members;
  const fields = members.filter((member) => ts.isPropertySignature(member) || ts.isPropertyDeclaration(member)).length;
  const constructor = members.find((member) => ts.isConstructorDeclaration(member));
  const parameters = constructor?.parameters ?? [];
  return fields + parameters.filter((parameter) => ts.isParameterPropertyDeclaration(parameter, constructor!)).length;
}

/** Classes and interfaces with more fields than can be read at once, tests excluded. */
export function largeObjects(files: readonly SourceFile[]): Breach[] {
  const breaches: Breach[] = [];
  for (const { path, tree } of files.filter((file) => !isTest(file.path))) {
    walk(tree, (node) => {
      if (!ts.isClassLike(node) && !ts.isInterfaceDeclaration(node)) return;
      const size = fieldsOf(node);
      if (size <= OBJECT_FIELDS) return;
      const name = nameOf(node);
      const message = `${name} has ${size} fields, more than ${OBJECT_FIELDS}: an object is read at once`;
      const line = lineOf(tree, node);
      breaches.push({ rule: "large-object", path, line, message, subject: `${path}#${name}`, size });
    });
  }
  return breaches;
}
