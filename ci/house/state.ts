/**
 * State that a module keeps for itself.
 *
 * @module
 */
import ts from "typescript";
import type { Breach } from "./breach.ts";
import { importedNames, isTest, isWithin, lineOf, type SourceFile, walk } from "./source_tree.ts";

/** Methods that change what they are called on. */
const MUTATORS = new Set([
  "add",
  "clear",
  "copyWithin",
  "delete",
  "fill",
  "pop",
  "push",
  "reverse",
  "set",
  "shift",
  "sort",
  "splice",
  "unshift",
]);

const COLLECTIONS = new Set(["Array", "Map", "Set", "WeakMap", "WeakSet"]);
const STORAGE = /^(Uint8|Uint16|Uint32|Int8|Int16|Int32|Float32|Float64|BigInt64|BigUint64)Array$|^ArrayBuffer$/;
/** Classes of the runtime whose objects do not change. */
const UNCHANGING = new Set(["RegExp", "TextDecoder", "TextEncoder", "URL"]);

/** Classes and interfaces of the tree by path and name, to see whether their fields are readonly. */
export type Declarations = ReadonlyMap<string, ts.ClassDeclaration | ts.InterfaceDeclaration>;

function declarationsOf(files: readonly SourceFile[]): Declarations {
  const found = new Map<string, ts.ClassDeclaration | ts.InterfaceDeclaration>();
  for (const { path, tree } of files) {
    for (const statement of tree.statements) {
      const isType = ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement);
      if (isType && statement.name !== undefined) found.set(`${path}#${statement.name.text}`, statement);
    }
  }
  return found;
}

const isReadonly = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) && !!ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword);

/** Whether no field can be assigned again. Methods may still change what a field refers to. */
function hasReadonlyFields(type: ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeLiteralNode): boolean {
  return (type.members as readonly ts.Node[]).every((member) => {
    if (ts.isConstructorDeclaration(member)) {
      return member.parameters.every((p) => !ts.isParameterPropertyDeclaration(p, member) || isReadonly(p));
    }
    const isField = ts.isPropertyDeclaration(member) || ts.isPropertySignature(member) ||
      ts.isIndexSignatureDeclaration(member);
    return !isField || isReadonly(member);
  });
}

/** One module-level constant and where it stands. */
interface Constant {
  readonly name: string;
  readonly node: ts.VariableDeclaration;
}

/** Looks at one file. */
class StateFinder {
  readonly breaches: Breach[] = [];
  private readonly names: ReadonlyMap<string, string>;

  constructor(private readonly file: SourceFile, private readonly declarations: Declarations) {
    this.names = importedNames(file);
  }

  find(): readonly Breach[] {
    const constants: Constant[] = [];
    for (const statement of this.file.tree.statements) {
      if (ts.isVariableStatement(statement)) {
        const isConst = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0;
        for (const node of statement.declarationList.declarations) {
          const name = node.name.getText();
          if (isConst) constants.push({ name, node });
          else this.note(node, `${name} can be assigned again`);
        }
      }
      if (ts.isClassDeclaration(statement)) this.lookAtStatics(statement);
    }
    for (const constant of constants) this.lookAtConstant(constant);
    this.lookForChanges(new Set(constants.map(({ name }) => name)));
    return this.breaches;
  }

  private note(node: ts.Node, what: string): void {
    const { path, tree } = this.file;
    const message = `${what}: two stacks of a process would share it`;
    this.breaches.push({ rule: "state", path, line: lineOf(tree, node), message, subject: path, size: 1 });
  }

  private lookAtStatics(node: ts.ClassDeclaration): void {
    for (const member of node.members) {
      if (!ts.isPropertyDeclaration(member)) continue;
      const isStatic = ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
      if (!isStatic) continue;
      if (!isReadonly(member)) this.note(member, `static ${member.name.getText()} can be assigned again`);
      else this.lookAtValue(`static ${member.name.getText()}`, member.initializer, member.type);
    }
  }

  private lookAtConstant({ name, node }: Constant): void {
    this.lookAtValue(name, node.initializer, node.type);
  }

  private lookAtValue(name: string, value: ts.Expression | undefined, type: ts.TypeNode | undefined): void {
    if (value === undefined || (type !== undefined && this.isReadonlyType(type))) return;
    const inner = ts.isParenthesizedExpression(value) ? value.expression : value;
    if (ts.isNewExpression(inner)) this.lookAtNew(name, inner);
    else if (ts.isArrayLiteralExpression(inner) || ts.isObjectLiteralExpression(inner)) {
      this.note(value, `${name} is not readonly ("as const", Readonly<…>, readonly …[])`);
    } else if (ts.isCallExpression(inner) && isFunctionOnTheSpot(inner.expression)) {
      this.note(value, `${name} comes from a function that is called as the module is loaded`);
    }
  }

  private lookAtNew(name: string, value: ts.NewExpression): void {
    const type = value.expression.getText();
    if (UNCHANGING.has(type)) return;
    const [first] = value.arguments ?? [];
    if (COLLECTIONS.has(type)) return this.note(value, `${name} is a ${type} that is not declared Readonly${type}`);
    if (STORAGE.test(type)) {
      const isTable = first !== undefined && (ts.isArrayLiteralExpression(first) || first.getText() === "0");
      if (!isTable) this.note(value, `${name} is storage that can be written to`);
      return;
    }
    const declared = this.declarations.get(this.names.get(type) ?? `${this.file.path}#${type}`);
    if (declared === undefined || !hasReadonlyFields(declared)) {
      this.note(value, `${name} is a ${type}, whose fields are not all readonly`);
    }
  }

  private isReadonlyType(type: ts.TypeNode): boolean {
    if (ts.isTypeOperatorNode(type)) return type.operator === ts.SyntaxKind.ReadonlyKeyword;
    if (ts.isTypeLiteralNode(type)) return hasReadonlyFields(type);
    if (!ts.isTypeReferenceNode(type)) return false;
    const name = type.typeName.getText();
    if (name.startsWith("Readonly")) return true;
    if (name === "const") return true;
    const declared = this.declarations.get(this.names.get(name) ?? `${this.file.path}#${name}`);
    return declared !== undefined && hasReadonlyFields(declared);
  }

  /** Changes of what the file's own constants, or imported ones, hold, wherever they stand in the file. */
  private lookForChanges(constants: ReadonlySet<string>): void {
    walk(this.file.tree, (node) => {
      const changed = changedBy(node);
      const root = changed && rootOf(changed);
      if (root === undefined || !constants.has(root.text) || isShadowed(root)) return;
      this.note(node, `${root.text} is changed here`);
    });
  }
}

const isFunctionOnTheSpot = (called: ts.Expression): boolean =>
  ts.isFunctionLike(ts.isParenthesizedExpression(called) ? called.expression : called);

const isAssignment = (kind: ts.SyntaxKind): boolean =>
  kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;

/** The expression that a node changes a part of. */
function changedBy(node: ts.Node): ts.Expression | undefined {
  if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) return node.left;
  if (ts.isDeleteExpression(node)) return node.expression;
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const { operator } = node;
    const steps = operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
    return steps ? node.operand : undefined;
  }
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { expression, name } = node.expression;
    return MUTATORS.has(name.text) ? expression : undefined;
  }
  return undefined;
}

/** The name that a chain of members starts from: `a` of `a.b[c]!.d`. */
function rootOf(chain: ts.Expression): ts.Identifier | undefined {
  if (ts.isIdentifier(chain)) return chain;
  const leads = ts.isPropertyAccessExpression(chain) || ts.isElementAccessExpression(chain) ||
    ts.isNonNullExpression(chain) || ts.isParenthesizedExpression(chain) || ts.isAsExpression(chain);
  return leads ? rootOf(chain.expression) : undefined;
}

/** Whether a declaration inside a function gives the name another meaning there. */
function isShadowed(name: ts.Identifier): boolean {
  for (let scope: ts.Node = name.parent; !ts.isSourceFile(scope); scope = scope.parent) {
    let found = false;
    const look = (node: ts.Node): void => {
      const declares = ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node);
      if (declares && node.name.getText() === name.text) found = true;
      ts.forEachChild(node, look);
    };
    if (ts.isFunctionLike(scope)) look(scope);
    if (found) return true;
  }
  return false;
}

/** Module-level state in `stack/` and `abi/`, tests excluded. */
export function moduleState(files: readonly SourceFile[]): Breach[] {
  const declarations = declarationsOf(files);
  return files.filter(({ path }) => isWithin(path, "stack/", "abi/") && !isTest(path))
    .flatMap((file) => new StateFinder(file, declarations).find());
}
