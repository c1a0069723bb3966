/**
 * `ip neighbour`: what the stack knows of its neighbours.
 *
 * @module
 */
import type { Neighbour } from "../../../../stack/link/neighbour.ts";
import {
  NUD_NOARP,
  NUD_PERMANENT,
  NUD_STALE,
  NUD_VALID,
  nudName,
  nudOf,
} from "../../../../stack/link/neighbour_state.ts";
import { IpAddress, MacAddress } from "../../../../stack/wire/address.ts";
import { UnsupportedError } from "../../target.ts";
import { type CommandResult, failed, type ShellWorld } from "./world.ts";

const DONE: CommandResult = { status: 0 };

/** `ip neighbour add|replace|change|del|flush|show …`. */
export function neighbour(words: readonly string[], family: 4 | 6 | undefined, world: ShellWorld): CommandResult {
  const command = words[0] ?? "show";
  const rest = words.slice(1);
  const value = (name: string) => rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined;
  const device = value("dev") === undefined ? undefined : world.stack.ip.device(value("dev")!);
  if (value("dev") !== undefined && device === undefined) return failed(1, `Cannot find device "${value("dev")}"`);
  const found = () => all(world, family).filter((one) => device === undefined || one.device === device);
  if ("show".startsWith(command) || command === "list") {
    return { status: 0, stdout: found().filter(isShown).map((one) => `${line(one, device === undefined)}\n`).join("") };
  }
  if ("flush".startsWith(command)) {
    for (const one of found()) {
      if ((one.state & (NUD_PERMANENT | NUD_NOARP)) === 0) {
        world.stack.ip.neighbours.table(one.address.family)?.remove(one);
      }
    }
    return DONE;
  }
  if (!["add", "replace", "change", "chg", "delete", "del"].includes(command)) {
    throw new UnsupportedError(`ip neighbour ${command} on the simulated stack`);
  }
  const address = IpAddress.tryParse(rest[0] === "to" ? rest[1] ?? "" : rest[0] ?? "");
  if (address === undefined) return failed(1, "Error: any valid address is expected.");
  if (device === undefined) return failed(1, "Device and destination are required arguments.");
  const table = world.stack.ip.neighbours.table(address.family);
  const known = table?.lookup(address, device);
  if (command.startsWith("del")) {
    if (known === undefined) return failed(2, "RTNETLINK answers: No such file or directory");
    table?.remove(known);
    return DONE;
  }
  if (command === "add" && known !== undefined) return failed(2, "RTNETLINK answers: File exists");
  if (command.startsWith("ch") && known === undefined) return failed(2, "RTNETLINK answers: No such file or directory");
  const state = value("nud") === undefined ? NUD_PERMANENT : nudOf(value("nud")!);
  if (state === undefined) return failed(1, `Error: argument "${value("nud")}" is wrong: nud state is bad`);
  let lladdr: Uint8Array | undefined;
  try {
    lladdr = value("lladdr") === undefined ? undefined : MacAddress.parse(value("lladdr")!).bytes;
  } catch {
    return failed(1, `"${value("lladdr")}" is invalid lladdr.`);
  }
  if ((state & NUD_VALID) !== 0 && lladdr === undefined && known?.lladdr === undefined) {
    return failed(2, "RTNETLINK answers: Invalid argument");
  }
  const entry = table?.obtain(address, device);
  if (entry === undefined) return failed(2, "RTNETLINK answers: No buffer space available");
  entry.set(state, lladdr);
  return DONE;
}

function all(world: ShellWorld, family: 4 | 6 | undefined): Neighbour[] {
  const families = family === undefined ? [4, 6] as const : [family] as const;
  return families.flatMap((one) => [...world.stack.ip.neighbours.table(one)?.all() ?? []]);
}

/** `ip` shows neither what was never used nor what needs no questions. */
function isShown(one: Neighbour): boolean {
  return one.state !== 0 && (one.state & NUD_NOARP) === 0;
}

function line(one: Neighbour, withDevice: boolean): string {
  const lladdr = one.lladdr === undefined ? "" : ` lladdr ${new MacAddress(one.lladdr)}`;
  const router = one.isRouter ? " router" : "";
  return `${one.address}${withDevice ? ` dev ${one.device.name}` : ""}${lladdr}${router} ${
    nudName(one.state || NUD_STALE)
  } `;
}
