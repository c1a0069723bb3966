/**
 * Raw offsets of headers outside `stack/wire/`.
 *
 * @module
 */
import ts from "typescript";
import type { Breach } from "./breach.ts";
import { isTest, isWithin, lineOf, type SourceFile, walk } from "./source_tree.ts";

/** Where packets are handled. */
const PACKETS = ["stack/", "conformance/", "runtime/", "apps/"];
/** Where layouts may be known: the headers' own folder. */
const LAYOUTS = ["stack/wire/"];

/** Reads and writes of integers at an offset: DataView's, and those of `wire/bytes.ts`. */
const ACCESSORS = /^(get|set)(Big)?(Uint|Int|Float)(8|16|32|64)$|^(get|set)(16|24|32)$/;
/** Members and methods that give a packet's octets. */
const OCTETS = /^(bytes|octets|view|subarray|slice)$/;
/** Fields of a packet that say where a header begins. */
const HEADER_STARTS = /^(data|network_header|transport_header|mac_header)$/;

/** Whether the expression gives octets, as far as the file says: by a member's name, or by a declaration. */
function isOctets(expression: ts.Expression, declared: ReadonlySet<string>): boolean {
  if (ts.isIdentifier(expression)) return declared.has(expression.text);
  if (ts.isPropertyAccessExpression(expression)) {
    return expression.name.text === "bytes" || declared.has(expression.name.text);
  }
  if (ts.isCallExpression(expression) && ts.isPropertyAccessExpression(expression.expression)) {
    return OCTETS.test(expression.expression.name.text) && expression.expression.name.text !== "slice";
  }
  return ts.isParenthesizedExpression(expression) && isOctets(expression.expression, declared);
}

/** Names that the file declares as octets: `x: Uint8Array`, `x = y.bytes`, `x = y.subarray(…)`, `{ bytes: x } = y`. */
function octetNames(tree: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  walk(tree, (node) => {
    if (ts.isBindingElement(node) && ts.isIdentifier(node.name)) {
      if ((node.propertyName ?? node.name).getText() === "bytes") names.add(node.name.text);
    }
    const declares = ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isPropertyDeclaration(node) ||
      ts.isPropertySignature(node);
    if (!declares || !ts.isIdentifier(node.name)) return;
    const isTyped = node.type !== undefined && /^(Uint8Array|DataView)(<\w+>)?$/.test(node.type.getText());
    const value = "initializer" in node ? node.initializer : undefined;
    const isMade = value !== undefined && ts.isNewExpression(value) && value.expression.getText() === "Uint8Array";
    if (isTyped || isMade || (value !== undefined && isOctets(value, names))) names.add(node.name.text);
  });
  return names;
}

/** Whether an index is an offset that is written out: a literal, or one added to something. */
function hasLiteral(index: ts.Expression): boolean {
  if (ts.isNumericLiteral(index)) return true;
  if (ts.isParenthesizedExpression(index)) return hasLiteral(index.expression);
  if (!ts.isBinaryExpression(index)) return false;
  const { kind } = index.operatorToken;
  const adds = kind === ts.SyntaxKind.PlusToken || kind === ts.SyntaxKind.MinusToken;
  return adds && (hasLiteral(index.left) || hasLiteral(index.right));
}

/** Whether an index says where in a header: written out, or just where the header begins, which is offset 0. */
function isHeaderOffset(index: ts.Expression): boolean {
  return hasLiteral(index) || ts.isPropertyAccessExpression(index) && HEADER_STARTS.test(index.name.text);
}

/** Whether it is said to be little-endian: a structure of Linux or of a file, no header. */
function isLittleEndian({ arguments: given }: ts.CallExpression): boolean {
  return given.at(-1)?.kind === ts.SyntaxKind.TrueKeyword;
}

function calledName({ expression }: ts.CallExpression): string {
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
}

/** Octets at an offset that is written out, outside the folder that knows headers' layouts. */
export function rawOffsets(files: readonly SourceFile[]): Breach[] {
  const breaches: Breach[] = [];
  const checked = files.filter(({ path }) =>
    isWithin(path, ...PACKETS) && !isWithin(path, ...LAYOUTS) && !isTest(path)
  );
  for (const { path, tree } of checked) {
    const names = octetNames(tree);
    walk(tree, (node) => {
      const isElement = ts.isElementAccessExpression(node) && isOctets(node.expression, names) &&
        isHeaderOffset(node.argumentExpression);
      const isAccessor = ts.isCallExpression(node) && ACCESSORS.test(calledName(node)) &&
        !isLittleEndian(node) && node.arguments.slice(0, 2).some(isHeaderOffset);
      if (!isElement && !isAccessor) return;
      const message = `${node.getText().split("\n")[0]!.slice(0, 60)}: an offset outside stack/wire/`;
      breaches.push({ rule: "offset", path, line: lineOf(tree, node), message, subject: path, size: 1 });
    });
  }
  return breaches;
}
