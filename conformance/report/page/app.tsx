/// <reference lib="dom" />
/**
 * The page: what its address says is shown.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { VNode } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { RunFinder } from "./filter.ts";
import type { PageData } from "./load.ts";
import { RequirementsView } from "./requirements_view.tsx";
import { RunView } from "./run_view.tsx";
import { RunsView } from "./runs_view.tsx";
import { NO_FILTER, readFragment, type ViewState, writeFragment } from "./state.ts";
import { Summary } from "./summary.tsx";

/** The whole page. */
export function App({ data }: { readonly data: PageData }): VNode {
  const [state, setState] = useState(() => readFragment(location.hash));
  const [printing, setPrinting] = useState(false);
  const finder = useMemo(() => new RunFinder(data.index), [data]);
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    addEventListener("hashchange", () => setState(readFragment(location.hash)), { signal });
    addEventListener("beforeprint", () => setPrinting(true), { signal });
    addEventListener("afterprint", () => setPrinting(false), { signal });
    return () => stop.abort();
  }, []);
  const show = (next: ViewState, replace = false) => {
    const fragment = writeFragment(next);
    if (replace) history.replaceState(null, "", fragment);
    else history.pushState(null, "", fragment);
    setState(next);
  };
  const view = { data, finder, state, printing, show };
  return (
    <div class={`of-${state.view}`}>
      <header class="top">
        <p class="brand">
          <a href={writeFragment({ view: "runs", filter: NO_FILTER, order: "attention", page: 1 })}>netproof</a>
        </p>
        <Views state={state} clauses={data.index.requirements?.length ?? 0} />
      </header>
      <main>
        {state.view === "runs" && <Summary {...view} />}
        {state.view === "runs" && <RunsView {...view} />}
        {state.view === "requirements" && <RequirementsView {...view} />}
        {state.view === "run" && <RunView {...view} />}
      </main>
      <Foot data={data} />
    </div>
  );
}

function Views({ state, clauses }: { readonly state: ViewState; readonly clauses: number }): VNode {
  const view = (name: "runs" | "requirements", title: string) => (
    <a
      href={writeFragment({ ...state, view: name, page: 1, run: undefined })}
      aria-current={state.view === name || (state.view === "run" && name === "runs") ? "page" : undefined}
    >
      {title}
    </a>
  );
  return (
    <nav class="views" aria-label="Views">
      {view("runs", "Runs")}
      {clauses > 0 && view("requirements", "Requirements")}
    </nav>
  );
}

function Foot({ data }: { readonly data: PageData }): VNode {
  const { environment } = data.index;
  const save = async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(await data.results(), undefined, 1)]));
    link.download = "results.json";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <footer>
      <p>
        netproof {environment.netproof} · Deno {environment.deno} · {environment.kernel} · {environment.started}
      </p>
      {environment.command.length > 0 && (
        <p>
          <code>deno task conformance {environment.command.join(" ")}</code>
        </p>
      )}
      <button type="button" class="quiet" onClick={save}>Save the results document (JSON)</button>
    </footer>
  );
}
