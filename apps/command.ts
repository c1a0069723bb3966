/**
 * The command line of `deno task stack`.
 *
 * @module
 */
import { Command, CommanderError, Option } from "commander";
import { NativeCodeError } from "../host/native.ts";
import { IpAddress } from "../stack/wire/address.ts";
import { checkAddress, checkPort } from "./clients/connecting.ts";
import { parseUrl } from "./clients/transfer.ts";
import { type Action, runWorld } from "./run.ts";
import { checkSettings, type RawOptions, type Settings } from "./settings.ts";
import { messageOf, UserError } from "./user_error.ts";
import { connectAction, getAction, pingAction, putAction } from "./clients/actions.ts";

const EXAMPLES = `
Examples:
  Serve until Ctrl-C; talk to it from another shell:
    $ deno task stack --root /srv/files
    $ sudo ip netns exec netproof curl http://10.77.0.2/
  One command against it, exit with its status:
    $ deno task stack --exec 'ping -c 3 10.77.0.2 && ping -6 -c 3 fd77::2'
    $ deno task stack --root . --exec 'curl -s http://10.77.0.2/README.md'
  Over a bad link:
    $ deno task stack --impair 'loss=2% reorder=5% dup=1% corrupt=0.5% delay=20ms rate=50mbit seed=7' \\
        --root . --exec 'curl -T big.bin http://10.77.0.2/big.bin'
  Our stack as a router between two network namespaces, the link to the other one narrower:
    $ deno task stack --far beyond --far-mtu 1400 --exec 'ping -c 3 10.78.0.1 && traceroute -n 10.78.0.1'
  Our stack as the client, the kernel and its programs as the peer:
    $ deno task stack ping 10.77.0.1
    $ deno task stack get http://10.77.0.1:8000/ --exec 'exec python3 -m http.server 8000'
    $ echo hello | deno task stack connect 10.77.0.1 2000 --exec 'nc -l 2000'

Exit status: that of --exec; otherwise 0 when all went well, 1 when something failed, 2 for wrong usage or a machine
that can't (no root, no /dev/net/tun), 130 after Ctrl-C. SIGUSR2 prints sockets and counters while it runs.`;

function build(act: (settings: Settings, action: Action | undefined) => Promise<void>): Command {
  const program = withFarOptions(new Command("deno task stack"))
    .description("Run our TCP/IP stack on a TUN device in a network namespace: servers, clients, impaired links.")
    .option("--netns <name>", "network namespace to make", "netproof")
    .option("--join", "use a network namespace that exists")
    .option("--tun <name>", "name of the TUN device", "tun0")
    .option("--mtu <octets>", "MTU of both ends", "1500")
    .option("--kernel <list>", "addresses of the kernel's end", "10.77.0.1/24,fd77::1/64")
    .option("--address <list>", "addresses of our stack", "10.77.0.2/24,fd77::2/64")
    .option("--services <list>", "what to serve: echo, discard, chargen, http, or none", "echo,discard,chargen,http")
    .option("--root <folder>", "files that http serves, uploads included; without it the working directory, read-only")
    .option("--http-port <port>", "port of http", "80")
    .option("--max-upload <octets>", "largest upload, e.g. 500m", "4g")
    .option(
      "--impair <settings>",
      "put an impairing link in between, e.g. 'loss=2% reorder=5% dup=1% corrupt=0.5% " +
        "delay=20ms jitter=2ms rate=100mbit queue=200 seed=7'; in.loss=1% or out.loss=1% for one direction",
    )
    .option("--exec <command>", "run a shell command there and exit with its status; beside a client, the server")
    .option("--no-offload", "no aggregates and no checksums left to the kernel: every packet as on a wire")
    .addOption(
      new Option("--sysctl <name=value>", "a setting of our stack; may be given several times")
        .argParser((value: string, before: string[] | undefined) => [...before ?? [], value]),
    )
    .option("--seed <number>", "seed of our stack's random numbers; random ones without it")
    .option("--trace <file>", "write how TCP connections fare, as JSON lines")
    .option("--stats", "print sockets and counters at the end")
    .option("--quiet", "print nothing but what was asked for")
    .addHelpText("after", EXAMPLES)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "netproof stack: ")) })
    .showHelpAfterError("(--help shows what there is)");
  const settings = () => checkSettings(program.opts<RawOptions>());
  program.action(async () => await act(settings(), undefined));
  const inherit = (command: Command) => command.exitOverride().copyInheritedSettings(program);

  inherit(program.command("ping <address>").description("send echo requests from our stack"))
    .option("-c, --count <number>", "how many", "4")
    .option("-i, --interval <seconds>", "time between two", "0.2")
    .option("-s, --size <octets>", "payload", "56")
    .option("-W, --timeout <seconds>", "how long the last answers may take", "3")
    .action(async (address: string, raw: { count: string; interval: string; size: string; timeout: string }) => {
      const count = number(raw.count, "--count", 1, 65_535);
      const size = number(raw.size, "--size", 0, IpAddress.parse(checkAddress(address)).family === 4 ? 65_507 : 65_527);
      const interval_ms = number(raw.interval, "--interval", 0, 3600) * 1000;
      const timeout_ms = number(raw.timeout, "--timeout", 0, 3600) * 1000;
      await act(settings(), pingAction({ address: checkAddress(address), count, size, interval_ms, timeout_ms }));
    });
  inherit(program.command("get <url>").description("fetch a file over HTTP with our stack"))
    .option("-o, --output <file>", "where to put it; standard output without it")
    .action(async (url: string, raw: { output?: string }) => {
      await act(settings(), getAction(parseUrl(url), raw.output));
    });
  inherit(program.command("put <file> <url>").description("upload a file over HTTP with our stack"))
    .action(async (file: string, url: string) => await act(settings(), putAction(file, parseUrl(url))));
  inherit(program.command("connect <address> <port>").description("standard input and output over TCP, as nc does"))
    .action(async (address: string, port: string) => {
      await act(settings(), connectAction({ address: checkAddress(address), port: checkPort(port) }));
    });
  return program;
}

/** Of a stack with two sides. */
function withFarOptions(program: Command): Command {
  return program
    .option("--far <name>", "make a network namespace on another side of our stack, a router between both then")
    .option("--far-kernel <list>", "addresses of the kernel's end there", "10.78.0.1/24,fd78::1/64")
    .option("--far-address <list>", "addresses of our stack there", "10.78.0.2/24,fd78::2/64")
    .option("--far-mtu <octets>", "MTU of both ends there; that of the near side without it");
}

function number(text: string, option: string, least: number, most: number): number {
  const value = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= most) || (!Number.isInteger(value) && most === 65_535)) {
    throw new UserError(`${option} ${text}: expected a number from ${least} to ${most}`);
  }
  return value;
}

/** Runs the command line; returns the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  let status = 0;
  const program = build(async (settings, action) => {
    status = await runWorld(settings, action);
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return status;
  } catch (error) {
    // Commander has said what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UserError || error instanceof NativeCodeError) {
      console.error(`netproof stack: ${messageOf(error)}`);
      return error instanceof UserError ? error.status : 2;
    }
    throw error;
  }
}
