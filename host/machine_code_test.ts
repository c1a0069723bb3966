import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseListing } from "./machine_code.ts";
import { listing as x86_64 } from "./machine_code_x86_64.ts";
import { listing as aarch64 } from "./machine_code_aarch64.ts";
import { buildSharedObject, ELF_MACHINE } from "./shared_object.ts";

async function works(command: string): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** Assembles the right-hand side of a listing and returns the bytes of its text section. */
async function assemble(listing: string, prefix: string, header: string): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir();
  try {
    const source = listing.split("\n").map((line) => line.slice(line.indexOf("|") + 1)).join("\n");
    await Deno.writeTextFile(`${folder}/code.s`, `${header}\n${source}\n`);
    const run = async (command: string, ...args: string[]) => {
      const { success, stderr } = await new Deno.Command(prefix + command, { args, cwd: folder }).output();
      assert(success, new TextDecoder().decode(stderr));
    };
    await run("as", "-o", "code.o", "code.s");
    await run("objcopy", "-O", "binary", "-j", ".text", "code.o", "code.bin");
    return await Deno.readFile(`${folder}/code.bin`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const native = Deno.build.arch;
for (
  const [arch, listing, header] of [
    ["x86_64", x86_64, ".intel_syntax noprefix"],
    ["aarch64", aarch64, ""],
  ] as const
) {
  const prefix = arch === native ? "" : `${arch}-linux-gnu-`;
  const ignore = !await works(prefix + "as") || !await works(prefix + "objcopy");
  const name = `the ${arch} bytes are what its assembly says`;
  Deno.test({
    name: ignore
      ? `${name} [needs ${prefix}as, ${prefix}objcopy: install ${
        arch === native ? "binutils" : `binutils-${prefix}`.slice(0, -1)
      }]`
      : name,
    ignore,
    async fn() {
      assertEquals([...await assemble(listing, prefix, header)], [...parseListing(listing).code]);
    },
  });
}

Deno.test("both architectures have the same functions", () => {
  const names = (listing: string) => [...parseListing(listing).symbols.keys()];
  assertEquals(names(x86_64), names(aarch64));
});

Deno.test("a line that is neither a label nor code is refused", () => {
  assertThrows(() => parseListing("90 nop"), SyntaxError, "Not a line of a machine code listing");
});

Deno.test("no segment of the shared object is both writable and executable", () => {
  const file = buildSharedObject(parseListing(x86_64), ELF_MACHINE.x86_64!);
  const view = new DataView(file.buffer);
  const flags = Array.from({ length: view.getUint16(56, true) }, (_, i) => view.getUint32(64 + 56 * i + 4, true));
  assertEquals(flags.map((value) => value & 3), [0, 1, 2, 2, 2]);
});
