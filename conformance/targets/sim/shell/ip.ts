/**
 * `ip`: routes, addresses, links and TCP metrics.
 *
 * @module
 */
import { EEXIST } from "../../../../abi/errno.ts";
import { strerror } from "../../../../abi/errno_text.ts";
import type { RouteMetrics } from "../../../../stack/ip/interface.ts";
import type { NetDevice } from "../../../../stack/link/device.ts";
import { IpAddress, parsePrefix, type Prefix } from "../../../../stack/wire/address.ts";
import { UnsupportedError } from "../../target.ts";
import { neighbour } from "./neighbour.ts";
import { type Command, type CommandResult, failed, type ShellWorld } from "./world.ts";

const DONE: CommandResult = { status: 0 };

/** `ip [-4|-6] OBJECT COMMAND …`. */
export const ip: Command = ({ args, world }) => {
  const words = [...args];
  let family: 4 | 6 | undefined;
  while (words[0]?.startsWith("-")) {
    const flag = words.shift();
    if (flag === "-4" || flag === "-6") family = flag === "-4" ? 4 : 6;
    else if (flag === "-f" || flag === "-family") family = words.shift() === "inet6" ? 6 : 4;
  }
  const object = words.shift() ?? "";
  if ("route".startsWith(object) && object !== "") return route(words, family, world);
  if ("address".startsWith(object) && object !== "") return address(words, world);
  if ("link".startsWith(object) && object !== "") return link(words, world);
  if ("neighbour".startsWith(object) || "neighbor".startsWith(object)) return neighbour(words, family, world);
  if ("tcp_metrics".startsWith(object) || object === "tcpmetrics") return tcpMetrics(words, world);
  throw new UnsupportedError(`ip ${object} on the simulated stack`);
};

function deviceOf(name: string | undefined, world: ShellWorld): NetDevice | undefined {
  return name === undefined ? undefined : world.stack.ip.device(name);
}

function tcpMetrics(words: readonly string[], world: ShellWorld): CommandResult {
  const command = words[0] ?? "show";
  if ("flush".startsWith(command)) {
    world.flushTcpMetrics();
    return DONE;
  }
  throw new UnsupportedError(`ip tcp_metrics ${command} on the simulated stack`);
}

function address(words: readonly string[], world: ShellWorld): CommandResult {
  const [command, text, ...rest] = words;
  const device = deviceOf(rest[rest.indexOf("dev") + 1], world);
  if (command !== "add" && command !== "del" && command !== "replace") {
    throw new UnsupportedError(`ip address ${command ?? "show"} on the simulated stack`);
  }
  let prefix: Prefix;
  try {
    prefix = parsePrefix(text ?? "");
  } catch {
    return failed(1, `Error: any valid prefix is expected rather than "${text ?? ""}".`);
  }
  if (device === undefined) return failed(1, `Cannot find device "${rest[rest.indexOf("dev") + 1] ?? ""}"`);
  if (command === "del") {
    return world.stack.removeAddress(device, prefix)
      ? DONE
      : failed(2, "RTNETLINK answers: Cannot assign requested address");
  }
  const added = world.stack.addAddress(device, prefix, { nodad: rest.includes("nodad") });
  return added || command === "replace" ? DONE : failed(2, "RTNETLINK answers: File exists");
}

function link(words: readonly string[], world: ShellWorld): CommandResult {
  if (words[0] !== "set") throw new UnsupportedError(`ip link ${words[0] ?? "show"} on the simulated stack`);
  const rest = words.slice(1);
  if (rest[0] === "dev") rest.shift();
  const name = rest.shift();
  const device = deviceOf(name, world);
  if (device === undefined) return failed(1, `Cannot find device "${name ?? ""}"`);
  while (rest.length > 0) {
    const word = rest.shift()!;
    switch (word) {
      case "up":
      case "down":
        world.stack.setUp(device, word === "up");
        break;
      case "mtu": {
        const mtu = Number(rest.shift());
        if (!Number.isInteger(mtu) || mtu < 68 || mtu > 65535) {
          return failed(2, "Error: mtu less than device minimum.");
        }
        world.stack.setMtu(device, mtu);
        break;
      }
      case "txqueuelen":
      case "qlen":
        rest.shift();
        break;
      case "gso_max_size":
        device.gso_max_size = Math.min(65_536, Number(rest.shift()));
        break;
      default:
        throw new UnsupportedError(`ip link set ${word} on the simulated stack`);
    }
  }
  return DONE;
}

interface ParsedRoute {
  prefix: Prefix | undefined;
  gateway: IpAddress | undefined;
  device: NetDevice | undefined;
  source: IpAddress | undefined;
  readonly metrics: RouteMetrics;
  metric: number | undefined;
  type: "unicast" | "blackhole" | "unreachable" | "prohibit";
}

function route(words: string[], family: 4 | 6 | undefined, world: ShellWorld): CommandResult {
  const command = words.shift() ?? "show";
  if (command === "flush" && words[0] === "cache") {
    world.stack.ip.routes.changed();
    return DONE;
  }
  const adds = command === "add" || command === "change" || command === "replace" || command === "append";
  if (!adds && command !== "del" && command !== "delete") {
    throw new UnsupportedError(`ip route ${command} on the simulated stack`);
  }
  let parsed: ParsedRoute | string;
  try {
    parsed = parseRoute(words, family, world);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return failed(1, `Error: ${error.message}`);
  }
  if (typeof parsed === "string") return failed(1, parsed);
  const { prefix, gateway, device, source, metrics, metric, type } = parsed;
  if (prefix === undefined) return failed(1, "Error: a prefix is expected.");
  const { stack } = world;
  const own = { prefix, ...(metric === undefined ? {} : { metric }) };
  if (!adds) {
    const removed = stack.removeRoute({ ...own, device, gateway });
    return removed > 0 ? DONE : failed(2, "RTNETLINK answers: No such process");
  }
  if (command === "change" || command === "replace") {
    const removed = stack.removeRoute(own);
    if (removed === 0 && command === "change") return failed(2, "RTNETLINK answers: No such file or directory");
  }
  const result = stack.addRoute({ ...own, gateway, device, source, metrics, type });
  if (result === -EEXIST) return failed(2, "RTNETLINK answers: File exists");
  return result < 0 ? failed(2, `RTNETLINK answers: ${strerror(-result)}`) : DONE;
}

/** The words behind `ip route add`. */
function parseRoute(words: readonly string[], family: 4 | 6 | undefined, world: ShellWorld): ParsedRoute | string {
  const parsed: ParsedRoute = {
    prefix: undefined,
    gateway: undefined,
    device: undefined,
    source: undefined,
    metrics: {},
    metric: undefined,
    type: "unicast",
  };
  const rest = [...words];
  let defaultRoute = false;
  while (rest.length > 0) {
    const word = rest.shift()!;
    switch (word) {
      case "to":
        break;
      case "unicast":
      case "blackhole":
      case "unreachable":
      case "prohibit":
        parsed.type = word;
        break;
      case "default":
        defaultRoute = true;
        break;
      case "via": {
        const text = rest.shift() ?? "";
        parsed.gateway = IpAddress.parse(text === "inet" || text === "inet6" ? rest.shift() ?? "" : text);
        break;
      }
      case "dev": {
        const name = rest.shift();
        parsed.device = deviceOf(name, world);
        if (parsed.device === undefined) return `Cannot find device "${name ?? ""}"`;
        break;
      }
      case "src":
        parsed.source = IpAddress.parse(rest.shift() ?? "");
        break;
      case "metric":
      case "preference":
        parsed.metric = Number(rest.shift());
        break;
      case "proto":
      case "protocol":
      case "scope":
      case "table":
        if (word === "table" && rest[0] !== "main") throw new UnsupportedError("ip route table on the simulated stack");
        rest.shift();
        break;
      case "onlink":
        break;
      default: {
        const problem = parseMetric(word, rest, parsed.metrics);
        if (problem === "unknown") {
          if (parsed.prefix !== undefined || defaultRoute) {
            return `Error: either "to" is duplicate, or "${word}" is a garbage.`;
          }
          parsed.prefix = parsePrefix(word);
        } else if (problem !== undefined) return problem;
      }
    }
  }
  if (defaultRoute) {
    const six = family === 6 || parsed.gateway?.family === 6;
    parsed.prefix = parsePrefix(six ? "::/0" : "0.0.0.0/0");
  }
  return parsed;
}

const NUMBER_METRICS: Readonly<
  Record<string, "advmss" | "initcwnd" | "initrwnd" | "cwnd" | "ssthresh" | "reordering" | "hoplimit">
> = {
  advmss: "advmss",
  initcwnd: "initcwnd",
  initrwnd: "initrwnd",
  cwnd: "cwnd",
  ssthresh: "ssthresh",
  reordering: "reordering",
  hoplimit: "hoplimit",
};

/** Takes one metric with its value; "unknown" if the word is none. */
function parseMetric(word: string, rest: string[], metrics: RouteMetrics): string | undefined {
  const lock = rest[0] === "lock";
  const value = () => {
    if (lock) rest.shift();
    return rest.shift() ?? "";
  };
  const own = NUMBER_METRICS[word];
  if (own !== undefined) {
    const number = Number(value());
    if (!Number.isInteger(number) || number < 0) return `Error: argument is wrong: "${word}" value is invalid`;
    metrics[own] = number;
    return undefined;
  }
  switch (word) {
    case "mtu": {
      const number = Number(value());
      if (!Number.isInteger(number) || number < 0) return 'Error: argument is wrong: "mtu" value is invalid';
      metrics.mtu = number;
      if (lock) metrics.mtu_lock = true;
      return undefined;
    }
    case "rto_min":
    case "rtt": {
      const us = duration(value());
      if (us === undefined) return `Error: argument is wrong: "${word}" value is invalid`;
      metrics[word] = us;
      return undefined;
    }
    case "quickack":
      metrics.quickack = value() !== "0";
      return undefined;
    case "fastopen_no_cookie":
      metrics.fastopen_no_cookie = value() !== "0";
      return undefined;
    case "congctl":
      metrics.cc_algo = value();
      return undefined;
    case "features":
      if (value() !== "ecn") throw new UnsupportedError("ip route features other than ecn");
      metrics.features_ecn = true;
      return undefined;
    default:
      return "unknown";
  }
}

/** `5ms`, `0.2s`, or a bare number of milliseconds; in µs. */
function duration(text: string): number | undefined {
  const match = /^([0-9.]+)(s|ms|us|msec|usec|sec)?$/.exec(text);
  if (match === null) return undefined;
  const unit = { s: 1e6, sec: 1e6, ms: 1e3, msec: 1e3, us: 1, usec: 1 }[match[2] ?? "ms"] ?? 1e3;
  return Math.round(Number(match[1]) * unit);
}
