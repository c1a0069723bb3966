import { assert, assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { JsonRpcClient } from "./_client.ts";

const SERVER = fileURLToPath(new URL("./main.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const URI = "file:///home/someone/a%20b.pkt";
const OPEN = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n";

interface Diagnostics {
  readonly uri: string;
  readonly diagnostics: readonly {
    readonly message: string;
    readonly severity: number;
    readonly range: { readonly start: { readonly line: number; readonly character: number } };
  }[];
}

async function withServer(use: (client: JsonRpcClient) => Promise<void>): Promise<void> {
  const client = new JsonRpcClient(Deno.execPath(), [
    ...["run", "--quiet", "--no-prompt", "--allow-read", "--allow-env", SERVER],
  ], ROOT);
  await client.request("initialize", { processId: null, rootUri: null, capabilities: {} });
  client.notify("initialized", {});
  await use(client);
  assertEquals(await client.request("shutdown", undefined), null);
  client.notify("exit", undefined);
  assertEquals(await client.ended(), 0);
}

function openScript(client: JsonRpcClient, text: string): Promise<Diagnostics> {
  const told = client.notification<Diagnostics>("textDocument/publishDiagnostics");
  client.notify("textDocument/didOpen", {
    textDocument: { uri: URI, languageId: "packetdrill", version: 1, text },
  });
  return told;
}

Deno.test("the language server tells problems as a script is changed", async () => {
  await withServer(async (client) => {
    const first = await openScript(client, `${OPEN}+0 frobnicate(3) = 0\n`);
    assertEquals(first.uri, URI);
    assertEquals(
      first.diagnostics.map(({ message, severity, range }) => [message.split("\n")[0], severity, range.start]),
      [
        ["Unknown system call: 'frobnicate'", 1, { line: 1, character: 3 }],
      ],
    );
    const second = client.notification<Diagnostics>("textDocument/publishDiagnostics");
    client.notify("textDocument/didChange", {
      textDocument: { uri: URI, version: 2 },
      contentChanges: [{
        range: { start: { line: 1, character: 3 }, end: { line: 1, character: 13 } },
        text: "close",
      }],
    });
    assertEquals((await second).diagnostics, []);
  });
});

Deno.test("the language server explains, completes and formats", async () => {
  await withServer(async (client) => {
    const textDocument = { uri: URI };
    const packet = "+0 > . 1:1(0)   ack 1 <nop,nop,TS val 1 ecr 2>";
    await openScript(client, `// requires: RFC9293-MUST-13\n${OPEN}${packet}\n`);
    const hover = await client.request("textDocument/hover", { textDocument, position: { line: 0, character: 20 } });
    assertMatch(
      (hover as { contents: { value: string } }).contents.value,
      /^RFC9293-MUST-13: \(RFC 9293 section 3\.6\.1, MUST\): /,
    );
    const items = await client.request("textDocument/completion", {
      textDocument,
      position: { line: 2, character: packet.indexOf("ecr") + 1 },
    }) as { label: string; textEdit: { range: unknown } }[];
    assertEquals(items.map(({ label }) => label), ["ecr"]);
    const edits = await client.request("textDocument/formatting", { textDocument, options: { tabSize: 8 } }) as {
      newText: string;
    }[];
    assertEquals(edits.length, 1);
    assert(edits[0]!.newText.includes("+0 > . 1:1(0) ack 1 <nop,nop,TS val 1 ecr 2>"));
    const nothing = await client.request("textDocument/hover", {
      textDocument: { uri: "file:///other.pkt" },
      position: { line: 0, character: 0 },
    });
    assertEquals(nothing, null);
  });
});

Deno.test("a script with errors is not formatted, and one of odd text does no harm", async () => {
  await withServer(async (client) => {
    const { diagnostics } = await openScript(client, "%{ never closed `\u0000\ud800");
    assert(diagnostics.length > 0);
    const edits = await client.request("textDocument/formatting", { textDocument: { uri: URI }, options: {} });
    assertEquals(edits, []);
  });
});
