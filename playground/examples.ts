/**
 * The fixtures as examples of the page.
 *
 * @module
 */
import { join } from "node:path";
import { parseHeader } from "../conformance/script/header.ts";
import { lex } from "../conformance/script/lexer.ts";
import { SourceText } from "../conformance/script/source.ts";

/** A script to look at. */
export interface Example {
  /** `topic/name.pkt`. */
  readonly path: string;
  readonly title: string;
  readonly script: string;
}

/** Every fixture that has a title, by topic and name. */
export async function readExamples(fixtures: string): Promise<Example[]> {
  const examples: Example[] = [];
  for await (const topic of Deno.readDir(fixtures)) {
    if (!topic.isDirectory) continue;
    for await (const { name } of Deno.readDir(join(fixtures, topic.name))) {
      if (!name.endsWith(".pkt")) continue;
      const script = await Deno.readTextFile(join(fixtures, topic.name, name));
      const path = `${topic.name}/${name}`;
      const title = titleOf(path, script);
      if (title !== undefined) examples.push({ path, title, script });
    }
  }
  return examples.sort((a, b) => a.path < b.path ? -1 : 1);
}

function titleOf(path: string, script: string): string | undefined {
  const source = new SourceText(path, script);
  const { tokens, comments } = lex(source);
  return parseHeader(source, comments, tokens[0]?.start ?? 0).header.title;
}
