/** The part of the syntax tree that describes checksums, of any header. Exported through `syntax.ts`. */
import type { Node } from "./syntax_node.ts";

/** A checksum that is not simply the right one: off by one bit pattern (`bad`) or literal. */
export type ChecksumSpec =
  | (Node & { readonly kind: "bad" })
  | (Node & { readonly kind: "value"; readonly value: number });
