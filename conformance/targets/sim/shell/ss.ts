/**
 * `ss`: sockets, chosen by protocol, state, address and port.
 *
 * @module
 */
import { TCP_CONGESTION, TCP_INFO } from "../../../../abi/tcp_constants.ts";
import { type IpAddress, parsePrefix } from "../../../../stack/wire/address.ts";
import { UnsupportedError } from "../../target.ts";
import { type SocketRow, socketRows } from "./socket_rows.ts";
import { joinLines } from "./tools/input.ts";
import { parseOptions } from "./tools/options.ts";
import { type Command, failed } from "./world.ts";

/** States by number, as `ss` writes them. */
const STATES = [
  "",
  "ESTAB",
  "SYN-SENT",
  "SYN-RECV",
  "FIN-WAIT-1",
  "FIN-WAIT-2",
  "TIME-WAIT",
  "UNCONN",
  "CLOSE-WAIT",
  "LAST-ACK",
  "LISTEN",
  "CLOSING",
];
const ALL = STATES.map((_, state) => state).slice(1);
const without = (...names: readonly string[]) => ALL.filter((state) => !names.includes(STATES[state]!));
const CONNECTED = without("LISTEN", "UNCONN");

/** Groups of states, and the longer names. */
const GROUPS: Readonly<Record<string, readonly number[]>> = {
  all: ALL,
  connected: CONNECTED,
  synchronized: without("LISTEN", "UNCONN", "SYN-SENT"),
  bucket: [3, 6],
  big: without("SYN-RECV", "TIME-WAIT"),
  established: [1],
  listening: [10],
  closed: [7],
};

/** Ports below are shown by the names that a machine's list of services gives them, unless `-n` is given. */
const FIRST_NAMELESS_PORT = 32_768;

type Filter = (row: SocketRow) => boolean;

function statesNamed(word: string): readonly number[] | undefined {
  const own = GROUPS[word.toLowerCase()];
  if (own !== undefined) return own;
  const at = STATES.indexOf(word.toUpperCase());
  return at > 0 ? [at] : undefined;
}

/** The filter behind the options: `sport = :80 and dst 10.0.0.0/8`, in brackets or not. */
class FilterParser {
  #at = 0;
  readonly #words: readonly string[];

  constructor(words: readonly string[]) {
    this.#words = words.flatMap((word) => word.match(/[()]|[<>=!]+|[^\s()<>=!]+/g) ?? []);
  }

  parse(): Filter {
    if (this.#words.length === 0) return () => true;
    const filter = this.#or();
    if (this.#at < this.#words.length) throw this.#fault();
    return filter;
  }

  #fault(): SyntaxError {
    return new SyntaxError(
      `bison bellows (while parsing filter): "syntax error!" at ${this.#words[this.#at] ?? "its end"}`,
    );
  }

  #or(): Filter {
    const parts = [this.#and()];
    while (["or", "|", "||"].includes(this.#words[this.#at] ?? "")) {
      this.#at++;
      parts.push(this.#and());
    }
    return (row) => parts.some((part) => part(row));
  }

  #and(): Filter {
    const parts = [this.#one()];
    for (;;) {
      const word = this.#words[this.#at];
      if (word === undefined || [")", "or", "|", "||"].includes(word)) break;
      if (["and", "&", "&&"].includes(word)) this.#at++;
      parts.push(this.#one());
    }
    return (row) => parts.every((part) => part(row));
  }

  #one(): Filter {
    const word = this.#words[this.#at++];
    switch (word) {
      case "(": {
        const filter = this.#or();
        if (this.#words[this.#at++] !== ")") throw this.#fault();
        return filter;
      }
      case "not":
      case "!": {
        const filter = this.#one();
        return (row) => !filter(row);
      }
      case "sport":
      case "dport":
        return this.#port(word);
      case "src":
      case "dst":
        return this.#address(word);
      default:
        throw new UnsupportedError(`ss filter '${word ?? ""}' on the simulated stack`);
    }
  }

  #port(which: "sport" | "dport"): Filter {
    const operator = /^([<>=!]+|eq|ne|neq|gt|ge|lt|le)$/.test(this.#words[this.#at] ?? "")
      ? this.#words[this.#at++]!
      : "=";
    const text = (this.#words[this.#at++] ?? "").replace(/^:/, "");
    if (!/^\d+$/.test(text)) throw new UnsupportedError(`ss port '${text}' on the simulated stack`);
    const port = Number(text);
    const own = (row: SocketRow) => which === "sport" ? row.localPort : row.remotePort;
    switch (operator) {
      case "=":
      case "==":
      case "eq":
        return (row) => own(row) === port;
      case "!=":
      case "ne":
      case "neq":
        return (row) => own(row) !== port;
      case ">":
      case "gt":
        return (row) => own(row) > port;
      case ">=":
      case "ge":
        return (row) => own(row) >= port;
      case "<":
      case "lt":
        return (row) => own(row) < port;
      default:
        return (row) => own(row) <= port;
    }
  }

  #address(which: "src" | "dst"): Filter {
    if (this.#words[this.#at] === "=") this.#at++;
    const word = this.#words[this.#at++] ?? "";
    const match = /^(?:\[(.*)\]|(.*?))(?::(\d+|\*))?$/.exec(/^[^[]*:.*:/.test(word) ? `[${word}]` : word);
    const text = match?.[1] ?? match?.[2] ?? "";
    const port = match?.[3];
    const own = (row: SocketRow) => which === "src" ? row.local : row.remote;
    const ownPort = (row: SocketRow) => which === "src" ? row.localPort : row.remotePort;
    const prefix = text === "" || text === "*" ? undefined : parsePrefix(text);
    return (row) => {
      if (port !== undefined && port !== "*" && ownPort(row) !== Number(port)) return false;
      if (prefix === undefined) return true;
      const address = own(row);
      if (address === undefined) return false;
      const shown = row.version === 6 ? address.toV4Mapped() : address;
      return shown.family === prefix.address.family &&
        shown.masked(prefix.length).equals(prefix.address.masked(prefix.length));
    };
  }
}

function endpoint(address: IpAddress | undefined, port: number, row: SocketRow): string {
  const isAny = address === undefined || /^(0\.0\.0\.0|::)$/.test(String(address));
  const shown = row.version === 4 ? isAny ? "0.0.0.0" : String(address) : isAny ? "*" : `[${address.toV4Mapped()}]`;
  return `${shown}:${port === 0 ? "*" : port}`;
}

/** The line of `-i`, as far as TCP_INFO has it. */
function information(row: SocketRow): string | undefined {
  const { sock } = row;
  if (row.protocol !== "tcp" || sock === undefined || row.state === 10) return undefined;
  const bytes = sock.getsockopt(6, TCP_INFO, 512);
  const name = sock.getsockopt(6, TCP_CONGESTION, 16);
  if (typeof bytes === "number" || typeof name === "number") return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const u32 = (at: number) => view.getUint32(at, true);
  const u64 = (at: number) => Number(view.getBigUint64(at, true));
  const options = bytes[5]!;
  const words: string[] = [];
  const add = (text: string, when: boolean | number = true) => {
    if (when !== false && when !== 0) words.push(text);
  };
  const ms = (us: number) => String(us / 1000);
  add("ts", options & 1);
  add("sack", options & 2);
  add("ecn", options & 8);
  add("ecnseen", options & 16);
  add("fastopen", options & 32);
  add(new TextDecoder().decode(name).replace(/\0.*/s, ""));
  add(`wscale:${bytes[6]! & 15},${bytes[6]! >> 4}`, options & 4);
  add(`rto:${ms(u32(8))}`, u32(8) !== 0 && u32(8) !== 3_000_000);
  add(`backoff:${bytes[4]}`, bytes[4]);
  add(`rtt:${ms(u32(68))}/${ms(u32(72))}`, u32(68));
  add(`ato:${ms(u32(12))}`, u32(12));
  add(`mss:${u32(16)}`, u32(16));
  add(`pmtu:${u32(60)}`, u32(60));
  add(`rcvmss:${u32(20)}`, u32(20));
  add(`advmss:${u32(84)}`, u32(84));
  add(`cwnd:${u32(80)}`, u32(80));
  add(`ssthresh:${u32(76)}`, u32(76) < 0x7fffffff);
  add(`bytes_sent:${u64(200)}`, u64(200));
  add(`bytes_retrans:${u64(208)}`, u64(208));
  add(`bytes_acked:${u64(120)}`, u64(120));
  add(`bytes_received:${u64(128)}`, u64(128));
  add(`segs_out:${u32(136)}`, u32(136));
  add(`segs_in:${u32(140)}`, u32(140));
  add(`data_segs_out:${u32(156)}`, u32(156));
  add(`data_segs_in:${u32(152)}`, u32(152));
  add(`lastsnd:${u32(44)}`, u32(44));
  add(`lastrcv:${u32(52)}`, u32(52));
  add(`lastack:${u32(56)}`, u32(56));
  add(`delivered:${u32(192)}`, u32(192));
  add("app_limited", bytes[7]! & 1);
  add(`unacked:${u32(24)}`, u32(24));
  add(`retrans:${bytes[2]}/${u32(100)}`, bytes[2]! || u32(100));
  add(`lost:${u32(32)}`, u32(32));
  add(`sacked:${u32(28)}`, u32(28));
  add(`reordering:${u32(88)}`, u32(88) !== 3);
  add(`rcv_space:${u32(96)}`, u32(96));
  add(`rcv_ssthresh:${u32(64)}`, u32(64));
  add(`notsent:${u32(144)}`, u32(144));
  add(`minrtt:${ms(u32(148))}`, u32(148) !== 0 && u32(148) !== 0xffffffff);
  add(`snd_wnd:${u32(228)}`, u32(228));
  return `\t ${words.join(" ")}`;
}

const LONG = {
  numeric: "n",
  all: "a",
  listening: "l",
  options: "o",
  extended: "e",
  info: "i",
  tcp: "t",
  udp: "u",
  ipv4: "4",
  ipv6: "6",
  "no-header": "H",
  processes: "p",
};

/** `ss [-nalieoHtu46] [state STATE] [FILTER]`. */
export const ss: Command = ({ args, world }) => {
  const { flags, operands } = parseOptions("ss", args, "nalieoHtu46p", "", LONG);
  const words = [...operands];
  let states: readonly number[] | undefined;
  while (words[0] === "state" || words[0] === "exclude") {
    const [kind, name = ""] = words.splice(0, 2);
    const own = statesNamed(name);
    if (own === undefined) return failed(255, `ss: wrong state name: ${name}`);
    states = kind === "state"
      ? [...states ?? [], ...own]
      : (states ?? CONNECTED).filter((state) => !own.includes(state));
  }
  states ??= flags.has("a") ? ALL : flags.has("l") ? [7, 10] : without("LISTEN", "UNCONN", "TIME-WAIT", "SYN-RECV");
  let filter: Filter;
  try {
    filter = new FilterParser(words).parse();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return failed(255, `ss: ${error.message}`);
  }
  const anyProtocol = !flags.has("t") && !flags.has("u");
  const rows = socketRows(world).filter((row) =>
    (anyProtocol || flags.has(row.protocol === "tcp" ? "t" : "u")) &&
    (flags.has("4") === flags.has("6") || flags.has(String(row.version))) &&
    states.includes(row.state) && filter(row)
  );
  const named = rows.find((row) =>
    [row.localPort, row.remotePort].some((port) => port > 0 && port < FIRST_NAMELESS_PORT)
  );
  if (named !== undefined && !flags.has("n")) {
    throw new UnsupportedError("ss without -n (names of services) on the simulated stack");
  }
  const oneState = new Set(states).size === 1;
  const lines = rows.flatMap((row) => {
    const columns = [
      ...anyProtocol ? [row.protocol.padEnd(5)] : [],
      ...oneState ? [] : [STATES[row.state]!.padEnd(10)],
      ...queues(row).map((size) => String(size).padEnd(6)),
      endpoint(row.local, row.localPort, row).padStart(22),
      endpoint(row.remote, row.remotePort, row).padStart(22),
    ];
    const detail = flags.has("i") ? information(row) : undefined;
    return detail === undefined ? [columns.join(" ")] : [columns.join(" "), detail];
  });
  const header = `${anyProtocol ? "Netid " : ""}${oneState ? "" : "State      "}Recv-Q Send-Q ` +
    `${"Local Address:Port".padStart(22)} ${"Peer Address:Port".padStart(22)} Process`;
  return { status: 0, stdout: joinLines(flags.has("H") ? lines : [header, ...lines]) };
};

/** For a listener these count connections: those that wait, and how many may. */
function queues(row: SocketRow): readonly number[] {
  if (row.state !== 10 || row.sock === undefined) return [row.received, row.sent];
  const bytes = row.sock.getsockopt(6, TCP_INFO, 512);
  if (typeof bytes === "number") return [0, 0];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return [view.getUint32(24, true), view.getUint32(28, true)];
}
