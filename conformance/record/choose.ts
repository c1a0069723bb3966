/**
 * Which connection of a capture a script is written of, and which end of it is the stack under test.
 *
 * @module
 */
import { IpAddress } from "../../stack/wire/address.ts";
import { isKnown } from "./capture/link_layer.ts";
import type { Frame } from "./capture/frame.ts";
import type { Endpoint, Ends, Sight } from "./sight.ts";
import { sightOf } from "./sight.ts";
import { type Connection, endpointText, Survey } from "./survey.ts";

/** What the user has to say differently. */
export class ChoiceError extends Error {
  /** `ChoiceError`. */
  override name = "ChoiceError";

  /** @param remedy what to do */
  constructor(message: string, readonly remedy?: string) {
    super(message);
  }
}

/** The stack under test, as the user names it. */
export interface Local {
  /** One, or those that it has. */
  readonly addresses: readonly IpAddress[];
  /** Undefined: any. */
  readonly port: number | undefined;
}

/** The packets of the chosen connection. */
export interface Chosen {
  readonly connection: Connection;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly sights: readonly Sight[];
}

/** Connections that a list names at most. */
const MAX_LISTED = 50;
/** Packets of a connection at most: no script of more is of use to anybody. */
const MAX_PACKETS = 20_000;

/** Reads `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`; undefined for anything else. */
export function parseLocal(text: string): Local | undefined {
  const whole = IpAddress.tryParse(text);
  if (whole !== undefined) return { addresses: [whole], port: undefined };
  const parts = /^\[([^\]]+)\]:(\d{1,5})$/.exec(text) ?? /^([^:]+):(\d{1,5})$/.exec(text);
  const address = IpAddress.tryParse(parts?.[1] ?? "");
  const port = Number(parts?.[2]);
  return address === undefined || !(port <= 65535) ? undefined : { addresses: [address], port };
}

/** What a capture has. */
export interface Contents {
  readonly survey: Survey;
  /** Frames of link types that are not known, by their number. */
  readonly unknown: ReadonlyMap<number, number>;
  readonly fragments: number;
  /** Packets of which less than their headers was captured. */
  readonly cut: number;
}

/** The first look. */
export function surveyOf(frames: Iterable<Frame>): Contents {
  const survey = new Survey();
  const unknown = new Map<number, number>();
  let fragments = 0;
  let cut = 0;
  for (const frame of frames) {
    if (!isKnown(frame.linkType)) unknown.set(frame.linkType, (unknown.get(frame.linkType) ?? 0) + 1);
    const sight = sightOf(frame);
    if (sight === "fragment") fragments++;
    else if (sight === "cut") cut++;
    else if (typeof sight !== "string") survey.see(sight);
  }
  return { survey, unknown, fragments, cut };
}

/** The connections as a list for people. */
export function listing(connections: readonly Connection[]): string {
  const begin_us = connections[0]?.begin_us ?? 0;
  const rows = connections.slice(0, MAX_LISTED).map((one) => {
    const after = ((one.begin_us - begin_us) / 1e6).toFixed(3);
    const state = !one.opened ? ", begins in the middle" : one.ended ? "" : ", does not end";
    return `  ${String(one.number).padStart(3)}  ${endpointText(one.first)} > ${endpointText(one.second)}  ` +
      `after ${after} s, ${one.packets} packets, ${one.octets} octets${state}`;
  });
  if (connections.length > MAX_LISTED) rows.push(`  … and ${connections.length - MAX_LISTED} more`);
  return rows.join("\n");
}

function isEnd(local: Local, { address, port }: Endpoint): boolean {
  return local.addresses.some((one) => one.equals(address)) && (local.port === undefined || local.port === port);
}

/** Picks the connection. Throws {@link ChoiceError}. */
export function choose(contents: Contents, local: Local | undefined, number: number | undefined): Connection {
  const { connections } = contents.survey;
  if (connections.length === 0) throw new ChoiceError(`there is no TCP in it${whatElse(contents)}`);
  if (local === undefined) {
    throw new ChoiceError(
      `which end is the stack under test?\n${listing(connections)}`,
      "say it: --local ADDRESS, or ADDRESS:PORT",
    );
  }
  const candidates = connections.filter(({ first, second }) => isEnd(local, first) || isEnd(local, second));
  if (candidates.length === 0) {
    throw new ChoiceError(`no connection of ${local.addresses.join(" or ")} is in it:\n${listing(connections)}`);
  }
  if (number !== undefined) {
    const found = candidates.find((one) => one.number === number);
    if (found !== undefined) return found;
    throw new ChoiceError(
      `connection ${number} is not one of ${local.addresses.join(" or ")}:\n${listing(candidates)}`,
    );
  }
  if (candidates.length > 1) {
    throw new ChoiceError(
      `${candidates.length} connections of ${local.addresses.join(" or ")} are in it:\n${listing(candidates)}`,
      "choose one by its number: --connection N",
    );
  }
  return candidates[0]!;
}

function whatElse({ unknown, fragments, cut }: Contents): string {
  const parts = [...unknown].map(([type, count]) => `${count} frames of link type ${type}, which is not known`);
  if (fragments > 0) parts.push(`${fragments} IP fragments, which are not put together`);
  if (cut > 0) parts.push(`${cut} packets of which less than their headers was captured`);
  return parts.length === 0 ? "" : ` (but ${parts.join("; ")})`;
}

/** Which end of a connection is local. Throws {@link ChoiceError} where both may be. */
export function endsOf(connection: Connection, local: Local): { local: Endpoint; remote: Endpoint } {
  const { first, second } = connection;
  if (isEnd(local, first) && isEnd(local, second)) {
    throw new ChoiceError(
      `both ends have the address ${local.addresses.join(" or ")}`,
      `say which: --local ${endpointText(first)} or ${endpointText(second)}`,
    );
  }
  return isEnd(local, first) ? { local: first, remote: second } : { local: second, remote: first };
}

/** The second look: the packets of the chosen connection. Throws {@link ChoiceError} where they are too many. */
export function sightsOf(frames: Iterable<Frame>, number: number): Sight[] {
  const survey = new Survey();
  const sights: Sight[] = [];
  for (const frame of frames) {
    const sight = sightOf(frame);
    if (typeof sight === "string" || survey.see(sight)?.number !== number) continue;
    if (sights.length === MAX_PACKETS) {
      throw new ChoiceError(
        `the connection has more than ${MAX_PACKETS} packets, too many for a script`,
        "capture less of it, or cut the file",
      );
    }
    sights.push(sight);
  }
  return sights;
}

/** Whether an end sends a packet between those ends. */
export function isFrom({ address, port }: Endpoint): (ends: Ends) => boolean {
  return ({ source }) => source.port === port && source.address.equals(address);
}
