/**
 * The part of Python that code blocks are written in, as a tree.
 *
 * @module
 */

/** What is Python and not in the part that is understood here. */
export class UnknownConstruct extends Error {
  override name = "UnknownConstruct";

  /** `construct`: its name, as `a lambda expression`. */
  constructor(readonly construct: string) {
    super(construct);
  }
}

/** Operators of two operands, as they are written. */
export type BinaryOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**" | "&" | "|" | "^" | "<<" | ">>";

/** Comparisons, as they are written. */
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in" | "is" | "is not";

/** A whole number is a bigint, any other a number. */
export type Constant = bigint | number | boolean | string | null;

/** An expression. */
export type Expression =
  | { readonly kind: "constant"; readonly value: Constant }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "sequence"; readonly type: "list" | "tuple"; readonly items: readonly Expression[] }
  | { readonly kind: "unary"; readonly operator: "+" | "-" | "~" | "not"; readonly operand: Expression }
  | {
    readonly kind: "binary";
    readonly operator: BinaryOperator;
    readonly left: Expression;
    readonly right: Expression;
  }
  | { readonly kind: "logical"; readonly operator: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | {
    readonly kind: "comparison";
    readonly first: Expression;
    readonly rest: readonly { readonly operator: Comparison; readonly operand: Expression }[];
  }
  | {
    readonly kind: "choice";
    readonly condition: Expression;
    readonly yes: Expression;
    readonly no: Expression;
  }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "item"; readonly of: Expression; readonly index: Expression };

/** A statement. */
export type Statement =
  | { readonly kind: "assert"; readonly condition: Expression; readonly message: Expression | undefined }
  | { readonly kind: "assign"; readonly names: readonly string[]; readonly value: Expression }
  | {
    readonly kind: "update";
    readonly name: string;
    readonly operator: BinaryOperator;
    readonly value: Expression;
  }
  | { readonly kind: "expression"; readonly value: Expression }
  | {
    readonly kind: "if";
    readonly condition: Expression;
    readonly yes: readonly Statement[];
    readonly no: readonly Statement[];
  }
  | { readonly kind: "pass" };
