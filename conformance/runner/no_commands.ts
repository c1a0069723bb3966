/**
 * `--no-commands`: scripts of people whom one does not know. What a script would do to the machine beyond the sockets of
 * its own world is found in its text, before anything is run.
 *
 * @module
 */
import type { Script, SystemCallAction } from "../script/syntax.ts";
import type { PlannedRun, ReadyRun } from "./plan.ts";

/** Characters shown of a command. */
const SHOWN = 80;
/** Files that nobody minds who opens. Others have secrets, hang whoever opens them, or do something when opened. */
const HARMLESS = ["/dev/null", "/dev/zero"];

interface Deed {
  readonly what: string;
  readonly line: number | undefined;
}

function shortened(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}

function openDeed({ name, args, span }: SystemCallAction, source: string): string | undefined {
  if (name !== "open") return undefined;
  const [path] = args;
  const bytes = path?.kind === "string" ? path.bytes : undefined;
  if (bytes !== undefined && HARMLESS.includes(new TextDecoder().decode(bytes))) return undefined;
  return shortened(source.slice(span.start, span.end));
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
