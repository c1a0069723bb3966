import { assertEquals } from "@std/assert";
import fc from "fast-check";
import * as posix from "node:path/posix";
import { dirname, isAbsolute, normalize, resolve } from "./paths.ts";

const path = fc.array(fc.constantFrom("/", "/", ".", "..", "a", "b.pkt", "tmp"), { maxLength: 9 }).map((parts) =>
  parts.join("")
);

Deno.test("paths are what node:path says of them", () => {
  fc.assert(
    fc.property(path, path, (one, other) => {
      assertEquals(normalize(one), posix.normalize(one));
      assertEquals(isAbsolute(one), posix.isAbsolute(one));
      assertEquals(resolve(one, other), posix.resolve(one, other));
      assertEquals(dirname(normalize(one)), posix.dirname(posix.normalize(one)));
    }),
    { numRuns: 5000 },
  );
});
