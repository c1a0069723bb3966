/**
 * Which code carries out which clause: what stands at a comment with the clause's id.
 *
 * @module
 */
import ts from "typescript";
import type { SourceFile } from "../house/source_tree.ts";

/** Code that carries a clause's id. */
export interface Region {
  readonly clause: string;
  readonly path: string;
  /** Offsets in the file's text. */
  readonly start: number;
  readonly end: number;
}

const ID = /RFC[0-9]+-[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?/g;

interface Comment {
  readonly start: number;
  readonly end: number;
  /** Nothing but blanks stands before it on its line. */
  readonly alone: boolean;
}

function commentsOf({ text, tree }: SourceFile): Comment[] {
  const found = new Map<number, Comment>();
  const note = (start: number, end: number) => {
    const line = text.lastIndexOf("\n", start - 1) + 1;
    found.set(start, { start, end, alone: text.slice(line, start).trim() === "" });
  };
  const visit = (node: ts.Node): void => {
    for (const range of ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []) note(range.pos, range.end);
    for (const range of ts.getTrailingCommentRanges(text, node.getEnd()) ?? []) note(range.pos, range.end);
    for (const child of node.getChildren(tree)) visit(child);
  };
  visit(tree);
  return [...found.values()].sort((a, b) => a.start - b.start);
}

/** What a comment can be about as a whole: a statement, a member, an element of a table. */
function isUnit(node: ts.Node): boolean {
  return ts.isStatement(node) && !ts.isBlock(node) || ts.isClassElement(node) || ts.isCaseOrDefaultClause(node) ||
    ts.isObjectLiteralElement(node) || ts.isArrayLiteralExpression(node.parent ?? node) && ts.isExpression(node);
}

/** The outermost unit that starts between two offsets. */
function unitStarting(
  tree: ts.SourceFile,
  from: number,
  to: number,
  fits: (node: ts.Node) => boolean = isUnit,
): ts.Node | undefined {
  let found: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    if (found !== undefined || node.getEnd() <= from || node.getFullStart() >= to) return;
    const start = node.getStart(tree);
    if (start >= from && start < to && node !== tree && fits(node)) found = node;
    else ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** A function, a class, a member stands for itself; a statement for its paragraph. */
function isDefinition(node: ts.Node): boolean {
  return ts.isFunctionDeclaration(node) || ts.isClassLike(node) || !ts.isStatement(node);
}

/** The end of the statements that follow without a blank line or another comment between. */
function paragraphEnd({ text }: SourceFile, first: ts.Node): number {
  const siblings = (first.parent as { readonly statements?: ts.NodeArray<ts.Statement> }).statements ?? [];
  let { end } = first;
  for (const next of siblings) {
    if (next.pos < end || next.pos < first.pos) continue;
    const between = text.slice(end, next.getStart());
    if (/\n\s*\n|\/\/|\/\*/.test(between)) break;
    end = next.end;
  }
  return end;
}

/** At the head of what an `if` does, a comment is about when, too. */
function branchStart(unit: ts.Node): number | undefined {
  const { parent } = unit;
  if (!ts.isBlock(parent) || !ts.isIfStatement(parent.parent)) return undefined;
  return parent.statements[0] === unit ? parent.parent.expression.getStart() : undefined;
}

/** Past blanks and comments. */
function skipTrivia(text: string, at: number): number {
  const rest = /^(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/.exec(text.slice(at));
  return at + (rest?.[0].length ?? 0);
}

function spanOf(file: SourceFile, comment: Comment): { readonly start: number; readonly end: number } | undefined {
  const { text, tree } = file;
  if (comment.alone) {
    const at = skipTrivia(text, comment.end);
    const unit = unitStarting(tree, at, at + 1) ?? unitStarting(tree, at, at + 1, ts.isExpression);
    if (unit === undefined) return undefined;
    return { start: branchStart(unit) ?? at, end: isDefinition(unit) ? unit.getEnd() : paragraphEnd(file, unit) };
  }
  const line = text.lastIndexOf("\n", comment.start - 1) + 1;
  const unit = unitStarting(tree, line, comment.start);
  return unit === undefined ? { start: line, end: comment.start } : { start: unit.getStart(tree), end: unit.getEnd() };
}

/** The regions of a file, in the order of its comments. */
export function regionsOf(file: SourceFile): Region[] {
  return commentsOf(file).flatMap((comment) => {
    const ids = file.text.slice(comment.start, comment.end).match(ID) ?? [];
    if (ids.length === 0) return [];
    const span = spanOf(file, comment);
    return span === undefined ? [] : [...new Set(ids)].map((clause) => ({ clause, path: file.path, ...span }));
  });
}
