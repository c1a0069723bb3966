/**
 * Field splitting.
 *
 * @module
 */
import { isPattern, quotePattern } from "./pattern.ts";

/**
 * A piece of a word after expansion. `literal`: as it stood in the script; `glob`: a character with a meaning in
 * patterns; `quoted`; `expanded`: to be split; `break`: here one field ends.
 */
export interface Piece {
  readonly text: string;
  readonly kind: "literal" | "glob" | "quoted" | "expanded" | "break";
}

/** A field; `pattern` if it may stand for names of files. */
export interface Field {
  readonly text: string;
  readonly pattern: string | undefined;
}

/** Pieces as one text. */
export function joinFields(pieces: readonly Piece[]): string {
  return pieces.length === 1
    ? pieces[0]!.text
    : pieces.map((piece) => piece.kind === "break" ? " " : piece.text).join("");
}

/** Puts fields together. */
class Builder {
  readonly fields: Field[] = [];
  #text: string | undefined;
  #pattern = "";

  add(text: string, pattern: string): void {
    this.#text = (this.#text ?? "") + text;
    this.#pattern += pattern;
  }

  end(): void {
    if (this.#text === undefined) return;
    this.fields.push({ text: this.#text, pattern: isPattern(this.#pattern) ? this.#pattern : undefined });
    this.#text = undefined;
    this.#pattern = "";
  }
}

/** Splits what was expanded at the characters of IFS: blanks in any number, others one by one. */
export function splitFields(pieces: readonly Piece[], ifs: string): readonly Field[] {
  const builder = new Builder();
  for (const { text, kind } of pieces) {
    if (kind === "break") builder.end();
    else if (kind === "glob") builder.add(text, text);
    else if (kind !== "expanded") builder.add(text, quotePattern(text));
    else if (ifs === "") builder.add(text, text);
    else splitInto(builder, text, ifs);
  }
  builder.end();
  return builder.fields;
}

function splitInto(builder: Builder, text: string, ifs: string): void {
  let piece = "";
  let blank = false;
  const flush = () => {
    if (piece !== "") builder.add(piece, piece);
    piece = "";
  };
  for (const c of text) {
    if (!ifs.includes(c)) {
      piece += c;
      blank = false;
      continue;
    }
    flush();
    // Each character that is no blank ends a field, even an empty one.
    if (!" \t\n".includes(c) && !blank) builder.add("", "");
    builder.end();
    blank = " \t\n".includes(c);
  }
  flush();
}
