/**
 * What goes wrong mechanically: small changes of expressions and statements, as somebody might make them by mistake.
 *
 * @module
 */
import ts from "typescript";

/** Kinds of change. */
export type Operator = "comparison" | "boundary" | "boolean" | "constant" | "drop" | "swap";

/** One change of a node, by texts. */
export interface Change {
  readonly operator: Operator;
  /** What takes the place of the node's text. For a statement that is dropped it is empty. */
  readonly replacement: string;
}

/** A node and the changes that can be made to it. */
export interface Changeable {
  readonly node: ts.Expression | ts.Statement;
  readonly changes: readonly Change[];
}

const OPPOSITE: Readonly<Record<string, string>> = {
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<",
  "===": "!==",
  "!==": "===",
};
const BOUNDARY: Readonly<Record<string, string>> = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" };
const LOGICAL: Readonly<Record<string, string>> = { "&&": "||", "||": "&&" };
const ASSIGNED: Readonly<Record<string, string>> = { "&&=": "||=", "||=": "&&=" };

/** Comparisons of sequence numbers, and whether equal numbers satisfy them. */
const SEQUENCE: Readonly<Record<string, boolean>> = {
  lt: false,
  gt: false,
  before: false,
  after: false,
  leq: true,
  geq: true,
};

/** Numbers from this on are doubled. */
const MANY = 16n;

const NUMBER = /^(0x[0-9a-f_]+|[0-9][0-9_]*)(n?)$/i;

/** Whether values that only types speak of, or that nobody computes, stand here. */
function isLiteralPlace(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isLiteralTypeNode(parent) || ts.isEnumMember(parent)) return true;
  return "name" in parent && parent.name === node;
}

/** `x >>> 0` makes a number unsigned: nobody means the zero. */
function isUnsignedCast({ parent }: ts.Node): boolean {
  return ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken;
}

function sequenceComparison(node: ts.Node): boolean | undefined {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.arguments.length !== 2) return undefined;
  return SEQUENCE[node.expression.text];
}

function isComparison(node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node)) return isComparison(node.expression);
  if (sequenceComparison(node) !== undefined) return true;
  if (ts.isPrefixUnaryExpression(node)) return node.operator === ts.SyntaxKind.ExclamationToken;
  return ts.isBinaryExpression(node) && OPPOSITE[node.operatorToken.getText()] !== undefined;
}

function ofBinary(node: ts.BinaryExpression): Change[] {
  const operator = node.operatorToken.getText();
  const text = node.getText();
  const at = node.operatorToken.getStart() - node.getStart();
  const replacing = (by: string) => text.slice(0, at) + by + text.slice(at + operator.length);
  const changes: Change[] = [];
  if (OPPOSITE[operator] !== undefined) {
    changes.push({ operator: "comparison", replacement: replacing(OPPOSITE[operator]) });
  }
  if (BOUNDARY[operator] !== undefined) {
    changes.push({ operator: "boundary", replacement: replacing(BOUNDARY[operator]) });
  }
  if (LOGICAL[operator] !== undefined) {
    // As mixed operators want parentheses, both sides get them.
    const replacement = `(${node.left.getText()}) ${LOGICAL[operator]} (${node.right.getText()})`;
    changes.push({ operator: "boolean", replacement });
  }
  if (ASSIGNED[operator] !== undefined) {
    changes.push({ operator: "boolean", replacement: replacing(ASSIGNED[operator]) });
  }
  return changes;
}

function ofSequenceComparison(node: ts.CallExpression, whenEqual: boolean): Change[] {
  const [a, b] = node.arguments.map((argument) => `(${argument.getText()})`);
  const text = node.getText();
  return [
    { operator: "comparison", replacement: `!${text}` },
    { operator: "boundary", replacement: whenEqual ? `${text} && ${a} !== ${b}` : `${text} || ${a} === ${b}` },
  ];
}

function ofNumber(node: ts.Expression): Change[] {
  const match = NUMBER.exec(node.getText());
  if (match === null || isLiteralPlace(node) || isUnsignedCast(node)) return [];
  const [, digits, big] = match;
  const value = BigInt(digits!.replaceAll("_", ""));
  // One more of many makes no difference that anybody could see.
  const other = value === 1n ? 0n : value < MANY ? value + 1n : value * 2n;
  return [{ operator: "constant", replacement: `${other}${big}` }];
}

/** The condition of a statement or expression that branches on it. */
function conditionOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isIfStatement(node)) return node.expression;
  return ts.isConditionalExpression(node) ? node.condition : undefined;
}

function ofExpression(node: ts.Expression): Change[] {
  const whenEqual = sequenceComparison(node);
  if (whenEqual !== undefined) return ofSequenceComparison(node as ts.CallExpression, whenEqual);
  if (ts.isBinaryExpression(node)) return ofBinary(node);
  if (ts.isNumericLiteral(node) || ts.isBigIntLiteral(node)) return ofNumber(node);
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) {
    if (isLiteralPlace(node)) return [];
    return [{ operator: "boolean", replacement: node.kind === ts.SyntaxKind.TrueKeyword ? "false" : "true" }];
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return [{ operator: "boolean", replacement: node.operand.getText() }];
  }
  return [];
}

/** Changes of an expression as the condition of what it decides: the other branch, or none. */
function ofCondition(node: ts.Expression): Change[] {
  const { parent } = node;
  if (conditionOf(parent) !== node) return [];
  const changes: Change[] = [];
  // Turned round, a comparison is one of its own changes.
  if (!isComparison(node)) changes.push({ operator: "swap", replacement: `!(${node.getText()})` });
  if (ts.isIfStatement(parent)) changes.push({ operator: "drop", replacement: "false" });
  return changes;
}

/** What a function ends with is left out: `return f();`. */
function ofReturned(node: ts.Expression): Change[] {
  const ends = ts.isReturnStatement(node.parent) && ts.isCallExpression(node) && !isCounting(node);
  return ends ? [{ operator: "drop", replacement: "undefined" }] : [];
}

/** Statistics: no clause asks for them. */
function isCounting(node: ts.Expression): boolean {
  return ts.isCallExpression(node) && /(^|\.)(inc|add)$/.test(node.expression.getText()) &&
    node.arguments.some((argument) => argument.getText().includes("Counter."));
}

function ofStatement(node: ts.Statement): Change[] {
  const dropped: Change[] = [{ operator: "drop", replacement: "" }];
  if (ts.isExpressionStatement(node)) {
    const { expression } = node;
    const isSuper = ts.isCallExpression(expression) && expression.expression.kind === ts.SyntaxKind.SuperKeyword;
    return isSuper || isCounting(expression) ? [] : dropped;
  }
  if (ts.isReturnStatement(node)) return node.expression === undefined ? dropped : [];
  if (ts.isContinueStatement(node) || ts.isThrowStatement(node)) return dropped;
  return [];
}

/** All that can be changed mechanically in a file, outer nodes before those in them. */
export function changeables(tree: ts.SourceFile): Changeable[] {
  const found: Changeable[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isImportDeclaration(node) || ts.isEnumDeclaration(node)) return;
    if (ts.isExpressionStatement(node) && isCounting(node.expression)) return;
    if (ts.isStatement(node)) {
      const changes = ofStatement(node);
      if (changes.length > 0) found.push({ node, changes });
    } else if (ts.isExpression(node)) {
      const changes = [...ofCondition(node), ...ofReturned(node), ...ofExpression(node)];
      if (changes.length > 0) found.push({ node, changes });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}
