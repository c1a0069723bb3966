/**
 * The RFC catalogue, and what runs show of it.
 *
 * @module
 */
export {
  Catalogue,
  CatalogueError,
  isObservable,
  type Level,
  LEVELS,
  loadCatalogue,
  type Need,
  type Requirement,
  type RequirementDocument,
} from "./catalogue.ts";
export {
  type DocumentTable,
  type RequirementCell,
  type RequirementRow,
  type RequirementTable,
  requirementTable,
  type Standing,
  type StandingCounts,
  STANDINGS,
} from "./table.ts";
export { renderRequirements } from "./markdown.ts";
