import { assertEquals } from "@std/assert";

/** What becomes of a program that has a metronome for a while. */
async function outcomeOf(program: string): Promise<{ success: boolean; output: string }> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  const [metronome, host] = ["./metronome.ts", "../../host/syscall.ts"].map((name) => new URL(name, import.meta.url));
  const imports = `import { Metronome } from "${metronome}";\nimport { syscall } from "${host}";\n`;
  await Deno.writeTextFile(path, imports + program);
  try {
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-lock", "--allow-read", "--allow-ffi", path],
      stderr: "null",
      signal: AbortSignal.timeout(20_000),
    }).output();
    return { success, output: new TextDecoder().decode(stdout).trim() };
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("metronome: a program that has closed it ends", async () => {
  const { success, output } = await outcomeOf(
    `const metronome = new Metronome([0]);
     setTimeout(() => { metronome.close(); console.log("closed"); }, 500);`,
  );
  assertEquals([success, output], [true, "closed"]);
});

Deno.test("metronome: it beats where there is but one processor, too", async () => {
  const { success, output } = await outcomeOf(
    `const metronome = new Metronome(undefined);
     // ru_nvcsw: how often a thread of this process began to wait
     const switches = () => {
       const usage = new BigInt64Array(18);
       syscall("getrusage", 0, usage);
       return Number(usage[16]);
     };
     setTimeout(() => {
       const before = switches();
       setTimeout(() => {
         metronome.close();
         console.log(switches() - before > 200);
       }, 500);
     }, 500);`,
  );
  assertEquals([success, output], [true, "true"]);
});
