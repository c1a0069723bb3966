/**
 * What is asked of the runtime where nothing may be.
 *
 * @module
 */
import ts from "typescript";
import type { Breach } from "./breach.ts";
import { isTest, isWithin, lineOf, type SourceFile, walk } from "./source_tree.ts";

/** Names of the runtime that `stack/` may not use: time, waiting, chance, printing and the world outside. */
const AMBIENT = new Set([
  "Deno",
  "Date",
  "Promise",
  "clearInterval",
  "clearTimeout",
  "console",
  "crypto",
  "fetch",
  "globalThis",
  "performance",
  "process",
  "queueMicrotask",
  "setImmediate",
  "setInterval",
  "setTimeout",
]);

/** Whether the name is a name of its own here: not a member, a label of a property, or a declaration. */
function isFree(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !((ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent) || ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) || ts.isGetAccessor(parent) || ts.isBindingElement(parent) ||
    ts.isParameter(parent) || ts.isVariableDeclaration(parent) || ts.isFunctionDeclaration(parent)) &&
    parent.name === node);
}

function ambientUse(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node) && AMBIENT.has(node.text) && isFree(node) && !isLocal(node)) return node.text;
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return "async";
  if (ts.isAwaitExpression(node)) return "await";
  const isRandom = ts.isPropertyAccessExpression(node) && node.name.text === "random" &&
    ts.isIdentifier(node.expression) && node.expression.text === "Math";
  return isRandom ? "Math.random" : undefined;
}

/** Whether a declaration around the name gives it another meaning: a parameter `process` is no runtime's. */
function isLocal(name: ts.Identifier): boolean {
  for (let scope: ts.Node | undefined = name.parent; scope !== undefined; scope = scope.parent) {
    if (ts.isFunctionLike(scope) && scope.parameters.some((parameter) => binds(parameter.name, name.text))) return true;
    if (ts.isBlock(scope) || ts.isSourceFile(scope)) {
      if (scope.statements.some((statement) => declares(statement, name.text))) return true;
    }
  }
  return false;
}

function declares(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.some((declaration) => binds(declaration.name, name));
  }
  const named = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
  return named && statement.name?.text === name;
}

function binds(binding: ts.BindingName, name: string): boolean {
  if (ts.isIdentifier(binding)) return binding.text === name;
  return binding.elements.some((element) => ts.isBindingElement(element) && binds(element.name, name));
}

/** Time, waiting, chance and printing in `stack/` and `abi/`: all of it is handed in. */
export function ambientUses(files: readonly SourceFile[]): Breach[] {
  const breaches: Breach[] = [];
  const checked = files.filter(({ path }) => isWithin(path, "stack/", "abi/") && !isTest(path));
  for (const { path, tree } of checked) {
    walk(tree, (node) => {
      const name = ambientUse(node);
      if (name === undefined) return;
      const message = `uses ${name}: time, randomness and devices are handed in`;
      breaches.push({ rule: "ambient", path, line: lineOf(tree, node), message, subject: path, size: 1 });
    });
  }
  return breaches;
}

/** `Deno.dlopen` outside `host/`. */
export function foreignLibraries(files: readonly SourceFile[]): Breach[] {
  const breaches: Breach[] = [];
  for (const { path, tree } of files.filter(({ path }) => !isWithin(path, "host/"))) {
    walk(tree, (node) => {
      if (!ts.isIdentifier(node) || node.text !== "dlopen") return;
      const message = "calls Deno.dlopen: only host/ does";
      breaches.push({ rule: "dlopen", path, line: lineOf(tree, node), message, subject: path, size: 1 });
    });
  }
  return breaches;
}
