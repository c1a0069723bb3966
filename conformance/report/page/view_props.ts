/**
 * What the views of the page have in common.
 *
 * @module
 */
import type { RunFinder } from "./filter.ts";
import type { PageData } from "./load.ts";
import type { ViewState } from "./state.ts";

/** What each view is given. */
export interface ViewProps {
  readonly data: PageData;
  readonly finder: RunFinder;
  readonly state: ViewState;
  /** Everything is on paper: no pages of lists. */
  readonly printing: boolean;
  /** Changes what is shown, without a step to go back to where that is one of many, as while typing. */
  readonly show: (state: ViewState, replace?: boolean) => void;
}

/** Targets whose columns are shown. */
export function shownTargets({ finder, state }: Pick<ViewProps, "finder" | "state">): readonly string[] {
  const { targets } = state.filter;
  return targets.length === 0 ? finder.targets : finder.targets.filter((target) => targets.includes(target));
}
