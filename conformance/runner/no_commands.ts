/**
 * `--no-commands`: scripts of people whom one does not know. What a script would do to the machine beyond the sockets of
 * its own world is found in its text, before anything is run.
 *
 * @module
 */
import type { Expression, Script, SystemCallAction } from "../script/syntax.ts";
import type { PlannedRun, ReadyRun } from "./plan.ts";

/** Characters shown of a command. */
const SHOWN = 80;
/** `open` flags that let a call change something: O_WRONLY, O_RDWR, O_CREAT, O_TRUNC. */
const CHANGES = 0o3 | 0o100 | 0o1000;

interface Deed {
  readonly what: string;
  readonly line: number | undefined;
}

function shortened(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}

/** Whether flags may be for more than reading; what can't be told is taken for it. */
function mayChange(flags: Expression | undefined): boolean {
  switch (flags?.kind) {
    case "integer":
      return (flags.value & CHANGES) !== 0;
    case "word":
      return flags.value === undefined || (flags.value & CHANGES) !== 0;
    case "binary_expression":
      return flags.operator !== "|" || mayChange(flags.left) || mayChange(flags.right);
    default:
      return true;
  }
}

function openDeed(action: SystemCallAction, source: string): string | undefined {
  if (action.name !== "open" || !mayChange(action.args[1])) return undefined;
  return shortened(source.slice(action.span.start, action.span.end));
}

/** What a script does by programs of its own choice, and to files, in the order in which it would. */
function deeds({ script, config }: ReadyRun): Deed[] {
  const found: Deed[] = [];
  const command = (text: string, line: number | undefined) => found.push({ what: `\`${shortened(text)}\``, line });
  const initLine = optionLine(script, "init_scripts");
  for (const text of config.init_scripts) command(text, initLine);
  const { initCommand, cleanupCommand, events, source } = script;
  if (initCommand !== undefined) command(initCommand.command, initCommand.span.line);
  for (const { action, line } of events) {
    if (action.kind === "command") command(action.command, line);
    else if (action.kind === "code") found.push({ what: `%{ ${shortened(action.text)} }%`, line });
    else if (action.kind === "syscall") {
      const what = openDeed(action, source);
      if (what !== undefined) found.push({ what, line });
    }
  }
  if (cleanupCommand !== undefined) command(cleanupCommand.command, cleanupCommand.span.line);
  return found;
}

function optionLine(script: Script, name: string): number | undefined {
  return script.options.find((option) => option.name === name)?.span.line;
}

/** The run, or in its place a skip that says what would have been done. */
export function withoutCommands(run: PlannedRun): PlannedRun {
  if (run.kind === "broken") return run;
  const [first, ...others] = deeds(run);
  if (first === undefined) return run;
  const at = first.line === undefined ? run.path : `${run.path}:${first.line}`;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return {
    kind: "broken",
    path: run.path,
    variant: run.variant,
    message: `${at}: not run (--no-commands): ${first.what}${more}`,
    line: first.line,
    skip: true,
    estimate_us: 0,
    sharesHost: false,
  };
}
