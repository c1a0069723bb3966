/**
 * Writes settings of the world it runs in and says what became of each: `deno run _sysctl_writer.ts QUESTIONS ANSWERS`.
 *
 * @module
 */

/** Texts to write, by the path of a setting. */
export type Questions = Readonly<Record<string, readonly string[]>>;

/** What a setting was, what the write came to (0 or errno), and what it is then. */
export type Answer = readonly [before: string, errno: number, after: string];

/** By path; null for a setting that is not there or can't be written. */
export type Answers = Readonly<Record<string, readonly Answer[] | null>>;

function read(path: string): string {
  return Deno.readTextFileSync(path).replace(/\n$/, "");
}

/** 0, or what the kernel said. */
function write(path: string, text: string): number {
  try {
    const file = Deno.openSync(path, { write: true });
    try {
      file.writeSync(new TextEncoder().encode(`${text}\n`));
    } finally {
      file.close();
    }
    return 0;
  } catch (error) {
    return Number(/\(os error (\d+)\)/.exec(String(error))?.[1] ?? -1);
  }
}

function ask(path: string, texts: readonly string[]): readonly Answer[] | null {
  try {
    Deno.openSync(path, { write: true }).close();
    read(path);
  } catch {
    return null;
  }
  return texts.map((text) => {
    const before = read(path);
    const errno = write(path, text);
    const after = read(path);
    if (after !== before) write(path, before);
    return [before, errno, after];
  });
}

if (import.meta.main) {
  const [questions, answers] = Deno.args as [string, string];
  const asked = JSON.parse(Deno.readTextFileSync(questions)) as Questions;
  const found = Object.fromEntries(Object.entries(asked).map(([path, texts]) => [path, ask(path, texts)]));
  Deno.writeTextFileSync(answers, JSON.stringify(found));
}
