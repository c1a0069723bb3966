import { assert, assertEquals, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { Catalogue, CatalogueError, isObservable, loadCatalogue } from "./catalogue.ts";
import { DOCUMENTS } from "./documents.ts";

const FOLDER = fileURLToPath(new URL("./documents", import.meta.url));

function entry(id: string): Record<string, unknown> {
  return {
    id,
    section: "3.1",
    level: "MUST",
    subject: "x",
    text: "It does.",
    needs: ["wire"],
    how: "Look.",
    roles: ["host"],
    basis: "prose",
    verified: false,
  };
}

Deno.test("catalogue: every file is listed and valid", async () => {
  assertEquals(DOCUMENTS.length, [...Deno.readDirSync(FOLDER)].length);
  const catalogue = await loadCatalogue();
  assert(catalogue.requirements.length > 1300, `${catalogue.requirements.length}`);
  assert(catalogue.documents.length < DOCUMENTS.length, "RFC 1122 comes in parts");
});

Deno.test("catalogue: an id that begins with a section has the clause's", async () => {
  const catalogue = await loadCatalogue();
  const wrong = catalogue.requirements.filter(({ id, section }) => {
    const named = /^RFC[0-9]+-([0-9]+(?:\.[0-9]+)*)-/.exec(id)?.[1];
    return named !== undefined && /^[0-9]/.test(section) && named !== section;
  });
  assertEquals(wrong.map(({ id, section }) => `${id}: ${section}`), []);
});

Deno.test("catalogue: what the documents say of some clauses that were once wrong here", async () => {
  const catalogue = await loadCatalogue();
  assertEquals(catalogue.find("RFC1191-3.1-mss-announce")?.level, "SHOULD NOT");
  assert(!isObservable(catalogue.find("RFC4443-2-full")!), "the clauses below it are what is seen");
  const names = catalogue.documents.map(({ document }) => document);
  for (const there of ["RFC 8085", "RFC 9776", "RFC 9777", "RFC 6724", "RFC 7217"]) {
    assert(names.includes(there), there);
  }
  for (const replaced of ["RFC 3376", "RFC 3810"]) assert(!names.includes(replaced), replaced);
  assertEquals(catalogue.find("RFC826-recv-reply")?.needs.includes("ethernet"), true);
  assertEquals(catalogue.find("RFC1812-5.2.2-validate")?.needs, ["wire", "two-interfaces"]);
});

Deno.test("catalogue: a clause is told with document, section, level and what it asks", () => {
  const catalogue = new Catalogue([{ document: "RFC 791", title: "IP", requirements: [entry("RFC791-3.1-x")] }]);
  assertEquals(catalogue.describe("RFC791-3.1-x"), "RFC791-3.1-x (RFC 791 section 3.1, MUST): It does.");
  assertEquals(catalogue.describe("RFC791-9-y"), "RFC791-9-y (not in the catalogue)");
});

Deno.test("catalogue: what is no document, stands twice or in the wrong place is refused", () => {
  const document = (...requirements: unknown[]) => ({ document: "RFC 791", title: "IP", requirements });
  assertThrows(() => new Catalogue([{}]), CatalogueError, "not a document");
  assertThrows(() => new Catalogue([document({ ...entry("RFC791-a"), needs: ["luck"] })]), CatalogueError, "needs");
  assertThrows(() => new Catalogue([document(entry("RFC791-a"), entry("RFC791-a"))]), CatalogueError, "twice");
  assertThrows(() => new Catalogue([document(entry("RFC792-a"))]), CatalogueError, "stands in RFC 791");
});
