/**
 * The language server on standard input and output, under Deno and under Node.
 *
 * @module
 */
import process from "node:process";
import { createConnection } from "vscode-languageserver/node";
import { loadCatalogue } from "../../conformance/requirements/catalogue.ts";
import { clausesOf } from "../../conformance/assist/clauses.ts";
import { serveScripts } from "./server.ts";

// What is printed by chance must not get among the messages.
console.log = console.error;
void loadCatalogue().then((catalogue) => {
  serveScripts(createConnection(process.stdin, process.stdout), clausesOf(catalogue));
});
