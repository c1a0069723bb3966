/**
 * For tests: starts processes without end, from the first message on, which it answers once the first has run.
 *
 * @module
 */

import { run } from "./process.ts";
import { Reactor } from "./reactor.ts";

addEventListener("message", async () => {
  const reactor = new Reactor();
  for (let count = 0;; count++) {
    await run({ command: "/bin/sh", args: ["-c", ":"], stdin: "pipe" }, reactor);
    if (count === 0) self.postMessage("running");
  }
}, { once: true });
