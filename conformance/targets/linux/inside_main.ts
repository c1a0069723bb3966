/**
 * What is started inside a booted kernel: the folder shared with the host is its argument.
 *
 * @module
 */
import { runInside } from "./inside.ts";

await runInside(Deno.args[0]!);
