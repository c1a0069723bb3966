import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { buildExtension, packageExtension } from "./build.ts";
import { JsonRpcClient } from "./server/_client.ts";

Deno.test("the extension packages, and the server in it speaks", async () => {
  const folder = await Deno.makeTempDir({ prefix: "netproof-extension-" });
  try {
    await buildExtension(folder);
    // The editor runs it with Node; what it imports is there in Deno, too.
    const client = new JsonRpcClient(Deno.execPath(), [
      ...["run", "--quiet", "--no-prompt", "--allow-env", "--allow-read", join(folder, "out/server.js"), "--stdio"],
    ], folder);
    const { serverInfo } = await client.request("initialize", {
      processId: null,
      rootUri: null,
      capabilities: {},
    }) as { readonly serverInfo: { readonly name: string } };
    assertEquals(serverInfo.name, "netproof");
    await client.request("shutdown", undefined);
    client.notify("exit", undefined);
    assertEquals(await client.ended(), 0);

    const vsix = join(folder, "x.vsix");
    await packageExtension(folder, vsix);
    const names = new TextDecoder("latin1").decode(await Deno.readFile(vsix));
    for (const name of ["out/server.js", "out/extension.js", "syntaxes/packetdrill.tmLanguage.json", "LICENSE.txt"]) {
      assert(names.includes(`extension/${name}`), name);
    }
    assertMatch(await Deno.readTextFile(join(folder, "out/licences.txt")), /vscode-languageserver 11\.0\.0/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
