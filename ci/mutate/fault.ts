/** One fault to put into the stack. */
export interface Fault {
  /** Short, unique; what `deno task mutate NAME` takes. */
  readonly name: string;
  /** What the faulty stack does, and the clause it breaks. */
  readonly about: string;
  /** Source file, from the root of the project. */
  readonly file: string;
  /** Text that stands exactly once in the file. */
  readonly find: string;
  /** What takes its place. */
  readonly replace: string;
}
