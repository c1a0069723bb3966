import { assertEquals } from "@std/assert";
import { Gate } from "./gate.ts";

Deno.test("gate: no time begins before all are set up and it is quiet, and none is over before all are", async () => {
  const log: string[] = [];
  const gate = new Gate(2, async () => {
    log.push("quiet");
    await Promise.resolve();
  });
  const run = async (name: string, setUp_ms: number, takes_ms: number) => {
    const passage = gate.enter();
    await new Promise((resolve) => setTimeout(resolve, setUp_ms));
    log.push(`${name} set up`);
    await passage.ready();
    log.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, takes_ms));
    log.push(`${name} is over`);
    await passage.over();
    log.push(`${name} goes`);
  };
  await Promise.all([run("a", 1, 60), run("b", 20, 1)]);
  const inOrder = ["a set up", "b set up", "quiet", "a begins", "b begins", "b is over", "a is over"];
  assertEquals(log.slice(0, 7), inOrder);
  assertEquals(log.slice(7).sort(), ["a goes", "b goes"]);
});

Deno.test("gate: one that fails while it is set up keeps nobody waiting, and may say twice that it is over", async () => {
  const gate = new Gate(2, () => Promise.resolve());
  const [failing, other] = [gate.enter(), gate.enter()];
  const gone = failing.over();
  await other.ready();
  await Promise.all([gone, other.over(), other.over()]);
});
