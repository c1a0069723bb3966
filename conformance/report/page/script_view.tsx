/**
 * A script with its lines numbered, the failing one marked.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { VNode } from "preact";

interface ScriptProps {
  readonly text: string;
  /** Line at which the run failed. */
  readonly failing?: number | undefined;
  /** What failed there. */
  readonly message?: string | undefined;
  /** Line of the event that is looked at. */
  readonly here?: number | undefined;
  /** Lines at which something happened, which can be chosen. */
  readonly lines: ReadonlySet<number>;
  readonly onLine: (line: number) => void;
}

/** The text of a script. */
export function ScriptView({ text, failing, message, here, lines, onLine }: ScriptProps): VNode {
  const all = text.replace(/\r?\n$/, "").split(/\r?\n/);
  return (
    <table class="script">
      <caption class="unseen">The script, line by line</caption>
      <tbody>
        {all.map((line, i) => {
          const number = i + 1;
          const failed = number === failing;
          const classes = [failed ? "failed" : "", number === here ? "here" : ""].filter((name) => name !== "").join(
            " ",
          );
          return (
            <>
              <tr key={number} class={classes} aria-current={number === here ? "true" : undefined}>
                <th scope="row">
                  {failed && <span aria-hidden="true">✗&nbsp;</span>}
                  {failed && <span class="unseen">failed:</span>}
                  {lines.has(number)
                    ? <button type="button" onClick={() => onLine(number)} title="Show in the diagram">{number}</button>
                    : number}
                </th>
                <td class={isComment(line) ? "comment" : ""}>{line === "" ? " " : line}</td>
              </tr>
              {failed && message !== undefined && (
                <tr class="why">
                  <td></td>
                  <td>{message}</td>
                </tr>
              )}
            </>
          );
        })}
      </tbody>
    </table>
  );
}

function isComment(line: string): boolean {
  return /^\s*(?:\/\/|\/\*|\*|#)/.test(line);
}
