import { assert, assertEquals } from "@std/assert";
import { Sysctl } from "./sysctl.ts";
import { unheeded, unheededNames } from "./sysctl_unheeded.ts";

/** Sources of the stack, less tests and where settings are only listed. */
async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* sources(path);
    else if (/\.ts$/.test(path) && !/(_test|_testing)\.ts$|\/sysctl[_a-z]*\.ts$|\/tcp\/config\.ts$/.test(path)) {
      yield await Deno.readTextFile(path);
    }
  }
}

/** Names that TCP looks up by their ends, as `config.sack` or `{ sack } = config`, and recovery as `entry("frto")`. */
async function tcpNames(text: string): Promise<ReadonlySet<string>> {
  const list = await Deno.readTextFile(new URL("./tcp/config.ts", import.meta.url));
  const names = [...list.matchAll(/^ {2}"(\w+)",$/gm)].map((match) => match[1]!);
  const read = new Set(names.filter((name) => new RegExp(`\\bconfig\\.${name}\\b`).test(text)));
  assertEquals(names.filter((name) => !read.has(name)), [], "settings that TCP looks up and does not read");
  const recovery = await Deno.readTextFile(new URL("./tcp/recovery/parts.ts", import.meta.url));
  for (const [, name] of recovery.matchAll(/\bentry\("(\w+)"\)/g)) read.add(name!);
  return read;
}

Deno.test("each setting is read by the stack, or says why not", async () => {
  const folder = new URL(".", import.meta.url).pathname.replace(/\/$/, "");
  let text = "";
  for await (const source of sources(folder)) text += source;
  const tcp = await tcpNames(text);
  const isRead = (name: string) => {
    const conf = /^(net\.ipv[46])\.conf\..+\.([^.]+)$/.exec(name);
    if (conf !== null) {
      const short = conf[1] === "net.ipv4" ? "four" : "six";
      return text.includes(`${short}("${conf[2]}")`) ||
        new RegExp(`"${conf[1]}\\.conf\\.\\w+\\.${conf[2]}"`).test(text) ||
        text.includes(`\`${conf[1]}.conf.\${device.name}.${conf[2]}\``);
    }
    const neighbour = /^net\.ipv[46]\.neigh\..+\.([^.]+)$/.exec(name);
    if (neighbour !== null) return text.includes(`neigh("${neighbour[1]}")`);
    if (name.startsWith("net.ipv4.tcp_") && tcp.has(name.slice("net.ipv4.tcp_".length))) return true;
    return text.includes(`"${name}"`) || text.includes(`"${name.replace("net.", "")}"`) ||
      text.includes(`\`${name.replace(/ipv[46]/, "ipv${family}")}\``);
  };
  const names = new Sysctl().names();
  const silent = names.filter((name) => !isRead(name) && unheeded(name) === undefined);
  assertEquals(silent, [], "settings that are kept, not read, and do not say so");
  const wrong = names.filter((name) => isRead(name) && unheeded(name) !== undefined);
  assertEquals(wrong, [], "settings that are read and said not to be");
});

Deno.test("what is not heeded is a setting", () => {
  const names = new Sysctl().names();
  for (const name of unheededNames()) {
    const pattern = new RegExp(`^${name.replaceAll(".", "\\.").replaceAll("*", "[^.]+")}$`);
    assert(names.some((one) => pattern.test(one)), name);
  }
});

Deno.test("sysctl: what is not heeded is told where it has a bearing", () => {
  const sysctl = new Sysctl();
  sysctl.addInterface("tun0");
  const told = (name: string, text: string) => {
    assertEquals(sysctl.set(name, text), 0);
    return sysctl.notHeeded(name);
  };
  assertEquals(told("net.ipv4.tcp_migrate_req", "1"), "connections that move from one listener to another");
  assertEquals(told("net.ipv4.tcp_migrate_req", "0"), undefined);
  assertEquals(told("net.ipv4.tcp_fack", "1"), undefined);
  assertEquals(told("net.ipv4.tcp_sack", "0"), undefined);
  assertEquals(told("net.ipv6.conf.tun0.accept_ra", "2"), undefined);
  assertEquals(told("net.ipv6.conf.tun0.accept_ra_rtr_pref", "0"), undefined);
  assertEquals(
    told("net.ipv6.conf.tun0.use_tempaddr", "2"),
    "routers' preferences (RFC 4191), and temporary addresses",
  );
  assertEquals(told("net.ipv4.neigh.tun0.ucast_solicit", "9"), undefined);
  assertEquals(told("net.ipv4.conf.tun0.rp_filter", "1"), undefined);
});
