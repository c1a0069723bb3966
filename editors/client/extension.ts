/**
 * The extension for Visual Studio Code: starts the language server in a process of its own.
 *
 * @module
 */
import type { ExtensionContext } from "vscode";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";

/** Called by the editor when the first script is opened. The client ends with the window. */
export async function activate(context: ExtensionContext): Promise<void> {
  const server = { module: context.asAbsolutePath("out/server.js"), transport: TransportKind.stdio };
  const client = new LanguageClient("netproof", "netproof", { run: server, debug: server }, {
    documentSelector: [{ language: "packetdrill" }],
  });
  context.subscriptions.push({ dispose: () => void client.stop() });
  await client.start();
}
