/**
 * Our own stack behind a TUN device, in a process of its own: what every other stack is asked for, done by ourselves.
 *
 * @module
 */

import type { Reactor } from "../../host/reactor.ts";
import { ExternalTarget } from "./external.ts";

/** See {@link ExternalTarget}. */
export class TunTarget extends ExternalTarget {
  constructor(options: { readonly reactor?: Reactor | undefined } = {}) {
    const program = new URL("./adapter/netproof.ts", import.meta.url);
    super({
      name: "tun",
      command: {
        command: Deno.execPath(),
        // The adapter's system calls and its module files are all that it needs.
        args: ["run", "--quiet", "--no-prompt", "--allow-ffi", "--allow-read", program.href],
      },
      reactor: options.reactor,
    });
  }
}
