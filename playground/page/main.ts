/// <reference lib="dom" />
/**
 * The page: puts its parts together.
 *
 * @module
 */
import { render } from "preact";
import { formatScript } from "../../conformance/script/format.ts";
import { ScriptError } from "../../conformance/script/diagnostics.ts";
import { AS_IT_ASKS, ownVariants, parseOptionsFor } from "../../conformance/script/problems.ts";
import type { RunRequest } from "../run/run_script.ts";
import { NO_CLAUSES } from "./clauses.ts";
import { showDiagram } from "./diagram.ts";
import { Editor } from "./editor.ts";
import { byId } from "./element.ts";
import { ExamplesDialog } from "./examples_dialog.tsx";
import { FIRST_SCRIPT } from "./first_script.ts";
import { loadClauses, loadExamples } from "./load.ts";
import { fromFragment, LinkError, type Shared, toFragment } from "./link.ts";
import { chosenResult, type OutcomeState, outcomeView, plainMessage, spokenVerdict } from "./outcome_view.tsx";
import { type Outcome, Runs } from "./runs.ts";
import WORKER from "made-up:worker";

/** How long nothing is typed before the script is run, ms. */
const PAUSE_MS = 250;

class Page {
  readonly #profile = byId("profile", HTMLSelectElement);
  readonly #variant = byId("variant", HTMLSelectElement);
  readonly #notice = byId("notice", HTMLElement);
  readonly #outcome = byId("outcome", HTMLElement);
  readonly #spoken = byId("verdict-status", HTMLElement);
  readonly #editor: Editor;
  readonly #runs: Runs;
  #pause: number | undefined;
  #path = "script.pkt";
  #clauses = NO_CLAUSES;

  constructor(shared: Shared) {
    this.#profile.value = shared.profile;
    this.#variant.value = shared.variant;
    this.#runs = new Runs(WORKER, (_request, outcome) => this.#show({ outcome, chosen: 0, clauses: this.#clauses }));
    this.#editor = new Editor(byId("editor", HTMLElement), shared.script, {
      changed: () => this.#later(),
      run: () => this.#run(),
      clauses: () => this.#clauses,
    });
    this.#listen();
    this.#run();
    // Without them the page explains less, and works all the same.
    void loadClauses().then((clauses) => this.#clauses = clauses).catch(() => {});
  }

  #listen(): void {
    this.#profile.addEventListener("change", () => this.#settingChanged());
    this.#variant.addEventListener("change", () => this.#settingChanged());
    byId("format", HTMLButtonElement).addEventListener("click", () => this.#format());
    byId("share", HTMLButtonElement).addEventListener("click", () => void this.#share());
    const dialog = new ExamplesDialog({
      dialog: byId("examples", HTMLDialogElement),
      filter: byId("examples-filter", HTMLInputElement),
      list: byId("examples-list", HTMLElement),
      close: byId("close-examples", HTMLButtonElement),
    }, ({ path, script }) => {
      this.#path = path;
      this.#editor.replace(script);
      this.#changed();
      this.#run();
      this.#editor.focus();
    });
    byId("open-examples", HTMLButtonElement).addEventListener("click", async () => {
      try {
        dialog.open(await loadExamples());
      } catch {
        this.say("The examples could not be loaded.");
      }
    });
    globalThis.addEventListener("hashchange", () => void this.#followLink());
  }

  get #request(): RunRequest {
    const { script, profile, variant } = this.#shared;
    return { script, path: this.#path, profile, variant: variant === "" ? undefined : variant };
  }

  get #shared(): Shared {
    return {
      script: this.#editor.text,
      profile: this.#profile.value as Shared["profile"],
      variant: this.#variant.value as Shared["variant"],
    };
  }

  /** The script will be run when nothing is typed for a while. */
  #later(): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#changed();
      this.#run();
    }, PAUSE_MS) as unknown as number;
  }

  #settingChanged(): void {
    this.#changed();
    this.#run();
  }

  /** The address always carries what is in the editor, so that going back and loading anew lose nothing. */
  #changed(): void {
    void toFragment(this.#shared).then((fragment) => history.replaceState(null, "", `#${fragment}`));
  }

  #run(): void {
    clearTimeout(this.#pause);
    this.#outcome.setAttribute("aria-busy", "true");
    this.#runs.start(this.#request);
  }

  #show(state: OutcomeState): void {
    this.#outcome.removeAttribute("aria-busy");
    const result = chosenResult(state);
    this.#outcome.querySelector(":scope > .waiting")?.remove();
    render(
      outcomeView(state, {
        choose: (chosen) => this.#show({ ...state, chosen }),
        goTo: (line) => this.#editor.goTo(line),
      }),
      this.#outcome,
    );
    if (result !== undefined) showDiagram(byId("diagram", HTMLElement), result, (line) => this.#editor.goTo(line));
    this.#spoken.textContent = spokenVerdict(state);
    this.#markFailure(state.outcome);
  }

  /** Errors of reading are shown by the editor itself. */
  #markFailure(outcome: Outcome): void {
    const failed = outcome.kind !== "done"
      ? undefined
      : outcome.results.find(({ verdict, failure }) =>
        verdict === "fail" || verdict === "error" && failure !== undefined
      );
    this.#editor.showFailure(
      failed?.line === undefined
        ? undefined
        : { line: failed.line, message: plainMessage(failed.message), severity: "error" },
    );
  }

  #format(): void {
    const { text } = this.#editor;
    try {
      const [version = "ipv4"] = ownVariants(this.#path, text);
      const formatted = formatScript(text, parseOptionsFor(this.#path, version, AS_IT_ASKS));
      if (formatted !== text) this.#editor.reform(formatted);
      this.say(formatted === text ? "It is formatted already." : "Formatted.");
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      this.say("A script with errors can't be formatted.");
    }
  }

  async #share(): Promise<void> {
    history.replaceState(null, "", `#${await toFragment(this.#shared)}`);
    try {
      await navigator.clipboard.writeText(location.href);
      this.say("The link is copied. It holds the whole script.");
    } catch {
      this.say("The address of this page is the link: copy it from the address bar.");
    }
  }

  async #followLink(): Promise<void> {
    const shared = await readLink((problem) => this.say(problem));
    if (shared === undefined || shared.script === this.#editor.text) return;
    this.#profile.value = shared.profile;
    this.#variant.value = shared.variant;
    this.#path = "script.pkt";
    this.#editor.replace(shared.script);
    this.#run();
  }

  /** Says something in passing. */
  say(text: string): void {
    this.#notice.textContent = text;
  }
}

async function readLink(onProblem: (problem: string) => void): Promise<Shared | undefined> {
  try {
    return await fromFragment(location.hash);
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    onProblem(`${error.message[0]!.toUpperCase()}${error.message.slice(1)}.`);
    return undefined;
  }
}

async function begin(): Promise<void> {
  let problem: string | undefined;
  const shared = await readLink((text) => problem = text);
  const page = new Page(shared ?? { script: FIRST_SCRIPT, profile: "linux", variant: "" });
  if (problem !== undefined) page.say(problem);
}

void begin();
