/**
 * The language server: `pkt check` as one types, hover, completion, and `pkt fmt`.
 *
 * @module
 */
import {
  type CompletionItem,
  CompletionItemKind,
  type Connection,
  type Diagnostic,
  DiagnosticSeverity,
  type Hover,
  MarkupKind,
  type Range,
  TextDocuments,
  TextDocumentSyncKind,
  type TextEdit,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Clauses } from "../../conformance/assist/clauses.ts";
import { complete } from "../../conformance/assist/complete.ts";
import { hoverAt } from "../../conformance/assist/hover.ts";
import { joinAlternatives, type Problem, ScriptError } from "../../conformance/script/diagnostics.ts";
import { formatScript } from "../../conformance/script/format.ts";
import { AS_IT_ASKS, checkSource, ownVariants, parseOptionsFor } from "../../conformance/script/problems.ts";

/** Characters of a script that is still looked at. */
const MAX_LENGTH = 1 << 20;

const SEVERITIES = {
  "error": DiagnosticSeverity.Error,
  "run-time": DiagnosticSeverity.Error,
  "warning": DiagnosticSeverity.Warning,
} as const;

const KINDS = {
  keyword: CompletionItemKind.Keyword,
  function: CompletionItemKind.Function,
  constant: CompletionItemKind.Constant,
  property: CompletionItemKind.Property,
  variable: CompletionItemKind.Variable,
} as const;

/** Answers what is asked over a connection until it ends. */
export function serveScripts(connection: Connection, clauses: Clauses): void {
  const documents = new TextDocuments(TextDocument);
  const open = (uri: string) => {
    const document = documents.get(uri);
    return document === undefined || document.getText().length > MAX_LENGTH ? undefined : document;
  };
  connection.onInitialize(() => ({
    serverInfo: { name: "netproof" },
    capabilities: {
      textDocumentSync: TextDocumentSyncKind.Incremental,
      hoverProvider: true,
      documentFormattingProvider: true,
      completionProvider: { triggerCharacters: ["<", "(", "{", ",", " ", "-", ":"] },
    },
  }));
  documents.onDidChangeContent(({ document }) => {
    const diagnostics = open(document.uri) === undefined ? [] : diagnosticsOf(document);
    void connection.sendDiagnostics({ uri: document.uri, version: document.version, diagnostics });
  });
  documents.onDidClose(({ document }) => void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] }));
  connection.onHover(({ textDocument, position }) => {
    const document = open(textDocument.uri);
    return document === undefined ? null : hoverOf(document, document.offsetAt(position), clauses);
  });
  connection.onCompletion(({ textDocument, position }) => {
    const document = open(textDocument.uri);
    return document === undefined ? [] : completionsOf(document, document.offsetAt(position), clauses);
  });
  connection.onDocumentFormatting(({ textDocument }) => {
    const document = open(textDocument.uri);
    return document === undefined ? [] : editsOf(document);
  });
  documents.listen(connection);
  connection.listen();
}

function rangeOf(document: TextDocument, start: number, end: number): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

/** The name in an address, which tells of the family for some scripts. */
function pathOf({ uri }: TextDocument): string {
  try {
    return decodeURIComponent(uri.replace(/^file:\/\//, ""));
  } catch {
    return uri;
  }
}

function messageOf({ message, expected, hint }: Problem): string {
  const lines = [message];
  if (expected.length > 0) lines.push(`expected ${joinAlternatives(expected)}`);
  if (hint !== undefined) lines.push(`hint: ${hint}`);
  return lines.join("\n");
}

/** What `pkt check` says of a script. */
export function diagnosticsOf(document: TextDocument): Diagnostic[] {
  return checkSource(pathOf(document), document.getText(), AS_IT_ASKS).map((problem) => ({
    range: rangeOf(document, problem.span.start, problem.span.end),
    severity: SEVERITIES[problem.severity],
    source: "netproof",
    message: messageOf(problem),
  }));
}

function hoverOf(document: TextDocument, offset: number, clauses: Clauses): Hover | null {
  const hover = hoverAt(document.getText(), offset, clauses);
  if (hover === undefined) return null;
  // As plain text: no word of a script may become markup.
  return {
    contents: { kind: MarkupKind.PlainText, value: `${hover.title}: ${hover.text}` },
    range: rangeOf(document, hover.start, hover.end),
  };
}

function completionsOf(document: TextDocument, offset: number, clauses: Clauses): CompletionItem[] {
  const found = complete(document.getText(), offset, clauses);
  if (found === undefined) return [];
  const range = rangeOf(document, found.from, offset);
  return found.items.map(({ label, kind, detail }) => ({
    label,
    kind: KINDS[kind],
    textEdit: { range, newText: label },
    ...(detail === undefined ? {} : { detail }),
  }));
}

/** `pkt fmt`; nothing for a script with errors, which the diagnostics tell. */
function editsOf(document: TextDocument): TextEdit[] {
  const text = document.getText();
  const path = pathOf(document);
  const [version = "ipv4"] = ownVariants(path, text);
  try {
    const newText = formatScript(text, parseOptionsFor(path, version, AS_IT_ASKS));
    return newText === text ? [] : [{ range: rangeOf(document, 0, text.length), newText }];
  } catch (error) {
    if (error instanceof ScriptError) return [];
    throw error;
  }
}
