/**
 * `deno task stack`: our stack on a TUN device in a network namespace.
 *
 * @module
 */
import { main } from "./command.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
