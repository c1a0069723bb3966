/**
 * The catalogue: what documents ask of a stack, clause by clause.
 *
 * @module
 */
import * as z from "zod";

/** How strongly a document asks. */
export type Level = "MUST" | "MUST NOT" | "SHOULD" | "SHOULD NOT" | "MAY";

/** What a clause needs to be seen from outside. */
export type Need = "wire" | "ethernet" | "two-interfaces" | "api";

/** The levels, from the strongest down. */
export const LEVELS: readonly Level[] = ["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"];

/** One clause. */
export interface Requirement {
  /** Unique over all documents: `RFC9293-MUST-13`, or number, section and a word. */
  readonly id: string;
  /** Section of the document; for documents without numbers a name of the part. */
  readonly section: string;
  /** How strongly it asks. */
  readonly level: Level;
  /** Word that groups clauses of one topic, such as `tcp-checksum`. */
  readonly subject: string;
  /** What it asks, in our own words; the document governs. */
  readonly text: string;
  /** What a script needs to see it; empty: it can't be seen from outside. */
  readonly needs: readonly Need[];
  /** How a script would see it. */
  readonly how: string;
  /** Whom it asks. */
  readonly roles: readonly ("host" | "router")[];
  /** `keyword`: the level is the document's word; `prose`: it is our reading. */
  readonly basis: "keyword" | "prose";
  /** It was compared with the document's text; otherwise it was written from memory. */
  readonly verified: boolean;
  /** What else is to be known. */
  readonly note?: string | undefined;
}

/** The clauses of one document. */
export interface RequirementDocument {
  /** As people cite it: `RFC 9293`. */
  readonly document: string;
  /** Its title. */
  readonly title: string;
  /** Its clauses, in its order. */
  readonly requirements: readonly Requirement[];
}

/** What an id looks like. */
export const REQUIREMENT_ID = /^RFC[0-9]+-[A-Za-z0-9][A-Za-z0-9._-]*$/;

const requirement: z.ZodType<Requirement> = z.strictObject({
  id: z.string().regex(REQUIREMENT_ID),
  section: z.string().min(1),
  level: z.enum(["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"]),
  subject: z.string().regex(/^[a-z0-9-]+$/),
  text: z.string().min(1),
  needs: z.array(z.enum(["wire", "ethernet", "two-interfaces", "api"])),
  how: z.string().min(1),
  roles: z.array(z.enum(["host", "router"])).min(1),
  basis: z.enum(["keyword", "prose"]),
  verified: z.boolean(),
  note: z.string().min(1).optional(),
});

const requirementDocument: z.ZodType<RequirementDocument> = z.strictObject({
  document: z.string().regex(/^RFC [0-9]+$/),
  title: z.string().min(1),
  requirements: z.array(requirement).min(1),
});

/** A catalogue that can't be used. */
export class CatalogueError extends Error {
  /** `CatalogueError`. */
  override name = "CatalogueError";
}

/** Clauses by document and by id. */
export class Catalogue {
  /** Documents in order; those in several parts are one. */
  readonly documents: readonly RequirementDocument[];
  readonly #byId = new Map<string, Requirement>();
  readonly #documentOf = new Map<string, string>();

  /**
   * Checks what `values`, such as parsed JSON, say.
   *
   * @throws {CatalogueError} for what is no document, and for an id that stands twice or in another document than its own
   */
  constructor(values: readonly unknown[]) {
    const merged = new Map<string, { document: string; title: string; requirements: Requirement[] }>();
    for (const value of values) {
      const parsed = requirementDocument.safeParse(value);
      if (!parsed.success) throw new CatalogueError(`not a document of clauses:\n${z.prettifyError(parsed.error)}`);
      const { document, title, requirements } = parsed.data;
      const known = merged.get(document);
      if (known === undefined) merged.set(document, { document, title, requirements: [...requirements] });
      else known.requirements.push(...requirements);
      for (const each of requirements) this.#add(document, each);
    }
    this.documents = [...merged.values()];
  }

  #add(document: string, each: Requirement): void {
    if (this.#byId.has(each.id)) throw new CatalogueError(`${each.id} stands twice`);
    if (!each.id.startsWith(`${document.replace(" ", "")}-`)) {
      throw new CatalogueError(`${each.id} stands in ${document}`);
    }
    this.#byId.set(each.id, each);
    this.#documentOf.set(each.id, document);
  }

  /** All clauses. */
  get requirements(): readonly Requirement[] {
    return [...this.#byId.values()];
  }

  /** The clause of that id. */
  find(id: string): Requirement | undefined {
    return this.#byId.get(id);
  }

  /** A clause as people read it: id, where it stands, how strong it is, what it asks. */
  describe(id: string): string {
    const clause = this.#byId.get(id);
    if (clause === undefined) return `${id} (not in the catalogue)`;
    return `${id} (${placeOf(this.#documentOf.get(id)!, clause)}, ${clause.level}): ${clause.text}`;
  }
}

function placeOf(document: string, { section }: Requirement): string {
  if (section.startsWith("RFC")) return document;
  return /^[0-9A-Z](\.|$)/.test(section) || /^[0-9]/.test(section)
    ? `${document} section ${section}`
    : `${document}, ${section}`;
}

/** Whether a clause can be seen from outside. */
export function isObservable(clause: Requirement): boolean {
  return clause.needs.length > 0;
}

/** The built-in catalogue. It is loaded when it is asked for: one script's verdict does without. */
export async function loadCatalogue(): Promise<Catalogue> {
  const { DOCUMENTS } = await import("./documents.ts");
  return new Catalogue(DOCUMENTS);
}
