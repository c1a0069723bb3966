/**
 * Writing HTTP/1.1 responses.
 *
 * @module
 */

const REASONS: Readonly<Record<number, string>> = {
  100: "Continue",
  200: "OK",
  201: "Created",
  204: "No Content",
  206: "Partial Content",
  301: "Moved Permanently",
  304: "Not Modified",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  414: "URI Too Long",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
  507: "Insufficient Storage",
};

const encoder = new TextEncoder();

/** The reason phrase of a status. */
export function reasonOf(status: number): string {
  return REASONS[status] ?? "Unknown";
}

/** The octets of a head. Values are the server's own: no line breaks are looked for. */
export function encodeHead(status: number, headers: Readonly<Record<string, string | number | undefined>>): Uint8Array {
  let text = `HTTP/1.1 ${status} ${reasonOf(status)}\r\n`;
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) text += `${name}: ${value}\r\n`;
  return encoder.encode(`${text}\r\n`);
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  gif: "image/gif",
  html: "text/html; charset=utf-8",
  jpg: "image/jpeg",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  md: "text/markdown; charset=utf-8",
  pdf: "application/pdf",
  pkt: "text/plain; charset=utf-8",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
};

/** Media type by file name. */
export function mediaType(path: string): string {
  const extension = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(TYPES, extension) ? TYPES[extension]! : "application/octet-stream";
}

/** Text for HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A page that lists a folder. */
export function listing(name: string, entries: readonly Deno.DirEntry[]): Uint8Array {
  const title = escapeHtml(name);
  const items = entries
    .map((entry) => entry.isDirectory ? `${entry.name}/` : entry.name)
    .sort()
    .map((entry) =>
      `<li><a href="./${escapeHtml(encodeURI(entry).replace(/[?#]/g, encodeURIComponent))}">${
        escapeHtml(entry)
      }</a></li>\n`
    );
  return encoder.encode(
    `<!doctype html>\n<meta charset="utf-8">\n<title>${title}</title>\n<h1>${title}</h1>\n<ul>\n${
      items.join("")
    }</ul>\n`,
  );
}
