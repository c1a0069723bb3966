/**
 * A stack from its start to its end: services, a client or a command, statistics, cleaning up on every way out.
 *
 * @module
 */
import type { ChildProcess } from "../host/process.ts";
import { Reactor } from "../host/reactor.ts";
import { onTermination } from "../host/termination.ts";
import { SocketError } from "../runtime/socket_error.ts";
import type { ClientContext } from "./clients/connecting.ts";
import { startCommand } from "./exec.ts";
import { chargen } from "./services/chargen.ts";
import { discard } from "./services/discard.ts";
import { echo } from "./services/echo.ts";
import { http } from "./services/http.ts";
import type { RunningService, Service } from "./services/service.ts";
import { enterPrefix, gainPrivileges } from "./rootless.ts";
import type { ServiceName, Settings } from "./settings.ts";
import { statistics } from "./statistics.ts";
import { messageOf, UserError } from "./user_error.ts";
import { createWorld, type World } from "./world.ts";

/** What a client does with the running stack; returns the exit status. */
export type Action = (context: ActionContext) => Promise<number>;

/** What a client has. */
export interface ActionContext extends ClientContext {
  readonly reactor: Reactor;
  /** Prints a line for a person, to standard error. */
  readonly tell: (line: string) => void;
}

const encoder = new TextEncoder();

/** Writes to standard error; nobody there is no error. */
function tell(text: string): void {
  try {
    Deno.stderr.writeSync(encoder.encode(`${text}\n`));
  } catch {
    // Standard error is closed.
  }
}

function serviceOf(name: ServiceName, settings: Settings): Service {
  switch (name) {
    case "echo":
      return echo;
    case "discard":
      return discard;
    case "chargen":
      return chargen;
    case "http": {
      const { root, http_port: port, max_upload } = settings;
      const log = settings.quiet || settings.exec !== undefined ? undefined : (line: string) => tell(`http: ${line}`);
      try {
        return http({ root: root ?? ".", upload: root !== undefined, port, max_upload, ...(log && { log }) });
      } catch (error) {
        throw new UserError(`--root ${root ?? "."}: ${messageOf(error)}`);
      }
    }
  }
}

function startServices(world: World, services: readonly (readonly [ServiceName, Service])[]): RunningService[] {
  const context = { sockets: world.sockets, caller: world.driver, log: tell };
  return services.map(([name, start]) => {
    try {
      return start(context);
    } catch (error) {
      if (error instanceof SocketError) throw new UserError(`${name} can't start: ${error.message}`);
      throw error;
    }
  });
}

function greeting(settings: Settings, world: World): string {
  const hosts = settings.address.map(({ address }) => address.toString()).join(" and ");
  const enter = enterPrefix(settings.netns, world.namespaceFd);
  const first = settings.address[0]!.address;
  const host = first.family === 6 ? `[${first}]` : `${first}`;
  const port = settings.http_port === 80 ? "" : `:${settings.http_port}`;
  const lines = [`our stack is at ${hosts} in the network namespace ${settings.netns}; Ctrl-C ends it`];
  lines.push(`  ${enter} ping ${first}`);
  if (settings.services.includes("http")) lines.push(`  ${enter} curl http://${host}${port}/`);
  return lines.join("\n");
}

/**
 * Runs the stack until the client or the command is done, or until a signal; returns the exit status. Throws
 * {@link UserError}.
 */
export async function runWorld(settings: Settings, action: Action | undefined): Promise<number> {
  // What can be wrong about the services is told before anything is made.
  const prepared = action !== undefined
    ? []
    : settings.services.map((name) => [name, serviceOf(name, settings)] as const);
  const reactor = new Reactor();
  if (Deno.build.os === "linux") gainPrivileges();
  const lost = Promise.withResolvers<number>();
  const deviceLost = (error: unknown) => {
    tell(`netproof stack: the device ${settings.tun} is gone: ${messageOf(error)}`);
    lost.resolve(1);
  };
  const traceLost = (error: unknown) => tell(`netproof stack: ${settings.trace}: ${messageOf(error)}`);
  const world = createWorld(settings, reactor, deviceLost, traceLost);
  let child: ChildProcess | undefined;
  let services: RunningService[] = [];
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    child?.[Symbol.dispose]();
    if (settings.stats) tell(statistics(world));
    for (const service of services) service.close();
    world[Symbol.dispose]();
    reactor[Symbol.dispose]();
  };
  const forget = onTermination(end);
  const dump = () => tell(statistics(world));
  // Not SIGUSR1, at which Deno opens a port for debuggers.
  Deno.addSignalListener("SIGUSR2", dump);
  try {
    services = startServices(world, prepared);
    if (settings.exec !== undefined) child = startCommand(world, settings.exec, reactor, action !== undefined);
    if (action !== undefined) {
      const running = child;
      return await action({
        sockets: world.sockets,
        reactor,
        tell: settings.quiet ? () => {} : tell,
        serverStarting: () => running !== undefined && running.ended === undefined,
      });
    }
    if (child !== undefined) return (await child.status).code;
    if (!settings.quiet) tell(greeting(settings, world));
    return await lost.promise;
  } finally {
    Deno.removeSignalListener("SIGUSR2", dump);
    forget();
    end();
  }
}
