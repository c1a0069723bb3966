/**
 * What a reader looks at, as the fragment of the page's address, so that it can be kept, shared and gone back to.
 *
 * @module
 */

/** In which order runs are listed. */
export type Order = "attention" | "script" | "slowest";

/** Which runs, or clauses, are wanted. What is empty leaves nothing out. */
export interface Filter {
  readonly verdicts: readonly string[];
  readonly targets: readonly string[];
  readonly variants: readonly string[];
  /** Names of documents, as `RFC 9293`. */
  readonly documents: readonly string[];
  /** Levels of clauses. */
  readonly levels: readonly string[];
  /** How clauses stand. */
  readonly standings: readonly string[];
  /** Id of a clause. */
  readonly clause: string;
  /** Words that all have to occur. */
  readonly text: string;
}

/** One run, and the target whose run of the same script stands beside it. */
export interface ChosenRun {
  readonly script: string;
  readonly variant: string;
  readonly target: string;
  /** Empty: none. */
  readonly beside: string;
}

/** What the page shows. */
export interface ViewState {
  readonly view: "runs" | "requirements" | "run";
  readonly filter: Filter;
  readonly order: Order;
  /** From 1. */
  readonly page: number;
  readonly run?: ChosenRun | undefined;
}

/** A filter that leaves nothing out. */
export const NO_FILTER: Filter = Object.freeze({
  verdicts: [],
  targets: [],
  variants: [],
  documents: [],
  levels: [],
  standings: [],
  clause: "",
  text: "",
});

const LISTS = {
  verdicts: "verdict",
  targets: "target",
  variants: "variant",
  documents: "document",
  levels: "level",
  standings: "standing",
} as const;
const ORDERS: readonly Order[] = ["attention", "script", "slowest"];

/** The state that a fragment, with or without `#`, tells; what it does not tell, or not well, is as at the start. */
export function readFragment(fragment: string): ViewState {
  const params = new URLSearchParams(fragment.replace(/^#/, ""));
  const list = (name: string) => params.getAll(name).filter((value) => value !== "");
  const script = params.get("script") ?? "";
  const view = params.get("view");
  const state: ViewState = {
    view: view === "requirements" || (view === "run" && script !== "") ? view : "runs",
    filter: {
      verdicts: list(LISTS.verdicts),
      targets: list(LISTS.targets),
      variants: list(LISTS.variants),
      documents: list(LISTS.documents),
      levels: list(LISTS.levels),
      standings: list(LISTS.standings),
      clause: params.get("clause") ?? "",
      text: params.get("text") ?? "",
    },
    order: ORDERS.find((order) => order === params.get("order")) ?? "attention",
    page: Math.max(1, Math.trunc(Number(params.get("page"))) || 1),
  };
  if (state.view !== "run") return state;
  const run = { script, variant: params.get("in") ?? "", target: params.get("on") ?? "" };
  return { ...state, run: { ...run, beside: params.get("beside") ?? "" } };
}

/** The fragment of a state, with `#`; what is as at the start is left out. */
export function writeFragment({ view, filter, order, page, run }: ViewState): string {
  const params = new URLSearchParams();
  if (view !== "runs") params.set("view", view);
  if (view === "run" && run !== undefined) {
    params.set("script", run.script);
    params.set("in", run.variant);
    params.set("on", run.target);
    if (run.beside !== "") params.set("beside", run.beside);
  }
  for (const [key, name] of Object.entries(LISTS) as [keyof typeof LISTS, string][]) {
    for (const value of filter[key]) params.append(name, value);
  }
  if (filter.clause !== "") params.set("clause", filter.clause);
  if (filter.text !== "") params.set("text", filter.text);
  if (order !== "attention") params.set("order", order);
  if (page > 1) params.set("page", String(page));
  return `#${params}`;
}
