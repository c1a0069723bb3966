/**
 * Our own stack behind a TUN device, in a process of its own: what every other stack is asked for, done by ourselves.
 *
 * @module
 */

import type { Reactor } from "../../host/reactor.ts";
import { ExternalTarget } from "./external.ts";

/** Short collections of young objects: a pause of the stack is a late packet. */
const V8_FLAGS = ["--v8-flags=--max-semi-space-size=1"];

/** See {@link ExternalTarget}. */
export class TunTarget extends ExternalTarget {
  constructor(options: { readonly reactor?: Reactor | undefined } = {}) {
    const program = new URL("./adapter/netproof.ts", import.meta.url);
    super({
      name: "tun",
      command: {
        command: Deno.execPath(),
        // The adapter's system calls and its module files are all that it needs.
        args: ["run", "--quiet", "--no-prompt", ...V8_FLAGS, "--allow-ffi", "--allow-read", program.href],
      },
      reactor: options.reactor,
    });
  }
}
