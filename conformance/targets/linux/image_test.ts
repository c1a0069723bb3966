import { assertEquals, assertRejects } from "@std/assert";
import { reactor } from "../../../host/reactor.ts";
import { CONFIG, fakeKernel, withProgram } from "./_testing.ts";
import { columnName, ImageError, inspectImage, missingOptions } from "./image.ts";

/** What is said of a file that can't be used. */
async function complaint(file: string): Promise<string> {
  const { lack } = await assertRejects(() => inspectImage(file, reactor()), ImageError);
  return `${lack.what.replace(file, "FILE")}: ${lack.remedy}`;
}

const BUILD = "ci/linux/build.sh builds one; docs/linux.md says how to build another";

Deno.test("linux image: a kernel says its version", async () => {
  await withProgram(fakeKernel(""), async (file) => {
    assertEquals(await inspectImage(file, reactor()), { release: "9.8.7-test" });
  });
});

Deno.test("linux image: what is no kernel, or can't be run, is said with what to do", async () => {
  await withProgram("#!/bin/sh\necho BusyBox\n", async (file) => {
    assertEquals(await complaint(file), `FILE is no Linux kernel built for user mode (ARCH=um): ${BUILD}`);
  });
  await withProgram("#!/bin/sh\nexit 1\n", async (file) => {
    assertEquals(await complaint(file), `FILE is no Linux kernel built for user mode (ARCH=um): ${BUILD}`);
  });
  await withProgram("MZ: no program", async (file) => {
    assertEquals((await complaint(file)).startsWith("FILE can't be run: "), true);
  });
  await withProgram(fakeKernel(""), async (file) => {
    assertEquals((await complaint(file)).startsWith("FILE can't be run: "), true);
  }, 0o644);
  assertEquals((await complaint("/no/such/kernel")).startsWith("FILE can't be run: "), true);
});

Deno.test("linux image: what it was built without is named", async () => {
  const lacking = fakeKernel("").replace("CONFIG_HOSTFS=y", "# CONFIG_HOSTFS is not set").replace("CONFIG_TUN=y\n", "");
  await withProgram(lacking, async (file) => {
    assertEquals(
      await complaint(file),
      "FILE was built without CONFIG_HOSTFS, CONFIG_TUN: build it with what is in ci/linux/kernel.config (docs/linux.md)",
    );
  });
});

Deno.test("linux image: all that is needed is in the configuration that we give", async () => {
  assertEquals(missingOptions(CONFIG), []);
  const fragment = await Deno.readTextFile(new URL("../../../ci/linux/kernel.config", import.meta.url));
  // These have no switch of their own there: other options bring them.
  assertEquals(missingOptions(fragment), []);
});

Deno.test("linux image: columns are named after the version", () => {
  for (
    const [release, name] of [
      ["6.12.117", "linux-6.12"],
      ["6.18.0-rc3-g0123abc", "linux-6.18-rc3"],
      ["5.10.0", "linux-5.10"],
      ["6.18.0-rc3", "linux-6.18-rc3"],
    ] as const
  ) assertEquals(columnName(release), name);
});
