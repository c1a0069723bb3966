import { assertEquals, assertThrows } from "@std/assert";
import { SourceFile } from "../house/source_tree.ts";
import { ClauseIndex, type Fault, locate, planted, StaleFaultError } from "./fault.ts";

const TEXT = "// RFC793-1-a\nsend(\n  1,\n);\nsend(2);\n\nsend(2);\n";
const INDEX = new ClauseIndex([new SourceFile("stack/x.ts", TEXT)]);

function fault(at: string, find: string): Fault {
  return { name: "x", about: "", at, find, replace: "drop();" };
}

Deno.test("fault: it goes to the code that carries its clause, whatever the blanks", () => {
  const patch = locate(fault("RFC793-1-a", "send( 1, );"), INDEX);
  assertEquals(planted(TEXT, patch), "// RFC793-1-a\ndrop();\nsend(2);\n\nsend(2);\n");
  const commented = new ClauseIndex([new SourceFile("stack/x.ts", "a();\n  // RFC793-1-a\nb();\n")]);
  assertEquals(locate(fault("stack/x.ts", "a(); b();"), commented).end, "a();\n  // RFC793-1-a\nb();".length);
  // Twice in the file, once there.
  assertEquals(locate(fault("RFC793-1-a", "send(2);"), INDEX).path, "stack/x.ts");
});

Deno.test("fault: one that has nowhere to go, or too many places, is named", () => {
  assertThrows(() => locate(fault("RFC793-1-a", "gone"), INDEX), StaleFaultError, 'fault x: "gone" stands 0 times');
  assertThrows(() => locate(fault("stack/x.ts", "send(2);"), INDEX), StaleFaultError, "stands 2 times");
  assertThrows(() => locate(fault("RFC793-9", "send(2);"), INDEX), StaleFaultError, "carries RFC793-9");
});
