import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";
import { highlight, type HighlightKind } from "../conformance/assist/highlight.ts";
import { readExamples } from "../playground/examples.ts";

const GRAMMAR = new URL("./vscode/syntaxes/packetdrill.tmLanguage.json", import.meta.url);
const FIXTURES = fileURLToPath(new URL("../fixtures", import.meta.url));

async function loadGrammar(): Promise<textmate.IGrammar> {
  const wasm = await Deno.readFile(new URL(import.meta.resolve("vscode-oniguruma/release/onig.wasm")));
  await oniguruma.loadWASM(wasm.buffer);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (scope) =>
      scope === "source.packetdrill"
        ? textmate.parseRawGrammar(await Deno.readTextFile(GRAMMAR), GRAMMAR.pathname)
        : null,
  });
  const grammar = await registry.loadGrammar("source.packetdrill");
  assert(grammar !== null);
  return grammar;
}

/** Scopes at each offset of a text, in one string each. */
function scopesOf(grammar: textmate.IGrammar, text: string): string[] {
  const scopes: string[] = [];
  let state: textmate.StateStack | null = null;
  for (const line of text.split("\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    for (const { startIndex, endIndex, scopes: found } of tokens) {
      const end = Math.min(endIndex, line.length);
      for (let at = startIndex; at < end; at++) scopes.push(found.join(" "));
    }
    scopes.push("");
    state = ruleStack;
  }
  return scopes;
}

/** What the scopes of each kind hold. Words are fewer in the grammar, which knows no context. */
const WANTED: Partial<Record<HighlightKind, string>> = {
  comment: "comment.",
  key: "keyword.other.header.",
  option: "keyword.other.option.",
  time: "constant.numeric.time.",
  in: "keyword.",
  out: "keyword.",
  string: "string.quoted.",
  command: "meta.embedded.block.shell",
  code: "meta.embedded.block.python",
  call: "entity.name.function.",
};

Deno.test("the grammar for editors has every script's parts as the scanner has them", async () => {
  const grammar = await loadGrammar();
  const wrong: string[] = [];
  let compared = 0;
  for (const { path, script } of await readExamples(FIXTURES)) {
    const scopes = scopesOf(grammar, script);
    assertEquals(scopes.length, script.length + 1, path);
    for (const { start, end, kind } of highlight(script)) {
      const wanted = WANTED[kind];
      if (wanted === undefined) continue;
      compared++;
      if (!scopes[start]!.includes(wanted)) {
        wrong.push(`${path}: ${kind} ${script.slice(start, end)}: ${scopes[start]}`);
      }
    }
  }
  assert(compared > 5000, String(compared));
  assertEquals(wrong.slice(0, 20), []);
});
