/**
 * The adapter protocol: how the runner drives a stack in another process. `docs/adapters.md` tells it to people who
 * write an adapter; what is said here is checked on both sides.
 *
 * One JSON object per line. The runner asks, the adapter answers each request under its `id`. Octets are base64, 64-bit
 * numbers decimal strings, times µs of CLOCK_REALTIME.
 *
 * @module
 */

import { z } from "zod";
import type { SystemCallOutcome, SystemCallRequest } from "../../../abi/system_call.ts";

/** Version of the protocol. A change that an old adapter can't take raises it. */
export const PROTOCOL = 1;

const octets = z.string().transform((text, context): Uint8Array => {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    context.addIssue({ code: "custom", message: "not base64" });
    return z.NEVER;
  }
});
const integer = z.number().int();
const bigInteger = z.string().regex(/^-?\d{1,20}$/).transform((text) => BigInt(text));
const epollEvent = z.object({ events: integer, data: bigInteger });
const optional = <T extends z.ZodType>(type: T) => type.nullable().default(null);

const systemCalls = [
  z.object({ name: z.literal("socket"), domain: integer, type: integer, protocol: integer }),
  z.object({ name: z.literal("bind"), fd: integer, address: octets.nullable(), length: integer }),
  z.object({ name: z.literal("connect"), fd: integer, address: octets.nullable(), length: integer }),
  z.object({ name: z.literal("listen"), fd: integer, backlog: integer }),
  z.object({ name: z.literal("accept"), fd: integer, flags: integer }),
  z.object({ name: z.literal("read"), fd: integer, buffer: z.boolean(), length: integer }),
  z.object({ name: z.literal("write"), fd: integer, data: octets.nullable(), length: integer }),
  z.object({ name: z.literal("readv"), fd: integer, lengths: z.array(integer) }),
  z.object({ name: z.literal("writev"), fd: integer, data: z.array(octets) }),
  z.object({
    name: z.literal("recvfrom"),
    fd: integer,
    buffer: z.boolean(),
    length: integer,
    flags: integer,
    wantAddress: z.boolean(),
  }),
  z.object({
    name: z.literal("sendto"),
    fd: integer,
    data: octets.nullable(),
    length: integer,
    flags: integer,
    address: octets.nullable(),
    address_length: integer,
  }),
  z.object({
    name: z.literal("sendmsg"),
    fd: integer,
    address: octets.nullable(),
    data: z.array(octets),
    control: octets.nullable(),
    flags: integer,
  }),
  z.object({
    name: z.literal("recvmsg"),
    fd: integer,
    lengths: z.array(integer),
    name_length: integer,
    control_length: integer,
    flags: integer,
  }),
  z.object({ name: z.literal("fcntl"), fd: integer, command: integer, argument: integer }),
  z.object({ name: z.literal("ioctl"), fd: integer, command: integer, argument: integer.nullable() }),
  z.object({ name: z.literal("close"), fd: integer }),
  z.object({ name: z.literal("shutdown"), fd: integer, how: integer }),
  z.object({ name: z.literal("getsockopt"), fd: integer, level: integer, option: integer, length: integer }),
  z.object({
    name: z.literal("setsockopt"),
    fd: integer,
    level: integer,
    option: integer,
    value: octets.nullable(),
    length: integer,
  }),
  z.object({
    name: z.literal("poll"),
    fds: z.array(z.object({ fd: integer, events: integer })),
    timeout_ms: integer,
  }),
  z.object({ name: z.literal("open"), path: z.string(), flags: integer }),
  z.object({
    name: z.literal("sendfile"),
    out_fd: integer,
    in_fd: integer,
    offset: integer.nullable(),
    count: integer,
  }),
  z.object({ name: z.literal("epoll_create"), size: integer }),
  z.object({
    name: z.literal("epoll_ctl"),
    epfd: integer,
    operation: integer,
    fd: integer,
    event: epollEvent.nullable(),
  }),
  z.object({ name: z.literal("epoll_wait"), epfd: integer, max_events: integer, timeout_ms: integer }),
  z.object({ name: z.literal("pipe") }),
  z.object({
    name: z.literal("splice"),
    fd_in: integer,
    offset_in: integer.nullable(),
    fd_out: integer,
    offset_out: integer.nullable(),
    length: integer,
    flags: integer,
  }),
  z.object({ name: z.literal("getsockname"), fd: integer, length: integer }),
  z.object({ name: z.literal("getpeername"), fd: integer, length: integer }),
  z.object({ name: z.literal("cap_set"), set: integer, capability: integer, operation: integer }),
] as const;

/** A {@link SystemCallRequest} on the wire. */
export const systemCallSchema: z.ZodType<SystemCallRequest> = z.discriminatedUnion("name", systemCalls);

/** A {@link SystemCallOutcome} on the wire. */
export const outcomeSchema: z.ZodType<SystemCallOutcome> = z.object({
  result: integer,
  errno: integer.min(0).max(4095).default(0),
  data: octets.optional(),
  address: octets.optional(),
  msg_flags: integer.optional(),
  control: octets.optional(),
  revents: z.array(integer).optional(),
  events: z.array(epollEvent).optional(),
  fds: z.tuple([integer, integer]).optional(),
});

const id = z.number().int().min(0);
const world = z.number().int().min(0);
const prefixLength = z.number().int().min(0).max(128);

const ethernet = z.object({ address: z.string(), peer: z.string(), quiet: z.boolean() });
const addresses = z.array(z.object({ address: z.string(), prefix_length: prefixLength }));

/** What the runner asks. */
export const requestSchema = z.discriminatedUnion("type", [
  /** First of all. Answer: `hello`. */
  z.object({ id, type: z.literal("hello"), protocol: integer, runner: z.string() }),
  /** Start a fresh stack on a device. Answer: `opened`. */
  z.object({
    id,
    type: z.literal("open"),
    world,
    /** File of the network namespace that has the device; open it and `setns` to it to attach. */
    netns: z.string(),
    /** Name of the TUN device there, persistent, free to attach to with TUNSETIFF. */
    device: z.string(),
    mtu: integer,
    /**
     * Aggregates are welcome: the stack may leave segmentation and checksums to the device (`IFF_VNET_HDR`). Otherwise
     * every segment is to be written as it would be on a wire.
     */
    offload: z.boolean().default(true),
    /**
     * The device is a TAP device: the stack's MAC address, and the runner's at the other end. `quiet`: the stack knows the neighbours that the
     * routes name, detects no duplicates and asks for no routers. Only for adapters with the feature `ethernet`.
     */
    ethernet: optional(ethernet),
    addresses,
    routes: z.array(z.object({
      destination: z.string(),
      prefix_length: prefixLength,
      gateway: optional(z.string()),
      /** Interface that it leads through; absent: `device`. */
      device: optional(z.string()),
    })),
    /** Further interfaces, each a device as `device` is. Only for adapters with the feature `interfaces`. */
    interfaces: z.array(z.object({ device: z.string(), mtu: integer, ethernet: optional(ethernet), addresses }))
      .default([]),
    /** Working directory of commands and relative paths. */
    cwd: z.string(),
    /** Variables for commands: the run's options. */
    environment: z.record(z.string(), z.string()).default({}),
  }),
  /** Make a system call. Answers: `blocked` if it does not return at once, then `returned`. */
  z.object({ id, type: z.literal("call"), world, request: systemCallSchema }),
  /** Run a shell command on the stack's settings. Answer: `exited`. */
  z.object({ id, type: z.literal("command"), world, text: z.string() }),
  /** Read the MIB counters. Answer: `counters`. */
  z.object({ id, type: z.literal("counters"), world }),
  /** Calls that block return -1 EINTR; the stack and its device end are dropped. Answer: `closed`. */
  z.object({ id, type: z.literal("close"), world }),
]);

/** One message of the runner. */
export type AdapterRequest = z.output<typeof requestSchema>;

/** What the adapter answers. */
export const replySchema = z.discriminatedUnion("type", [
  z.object({
    id,
    type: z.literal("hello"),
    protocol: integer,
    /** Name and version of the stack. */
    stack: z.string(),
    /** What beyond `open`, `call` and `close` it can do. */
    features: z.array(z.string()).default([]),
  }),
  /** `indexes`: the stack's numbers for its interfaces, by name, where it has such. */
  z.object({ id, type: z.literal("opened"), indexes: z.record(z.string(), integer.min(1)).optional() }),
  z.object({ id, type: z.literal("blocked") }),
  /** `time_us`: when the call returned; when the answer is sent if absent. */
  z.object({ id, type: z.literal("returned"), outcome: outcomeSchema, time_us: z.number().optional() }),
  z.object({ id, type: z.literal("exited"), status: integer, output: z.string().default("") }),
  z.object({ id, type: z.literal("counters"), counters: z.record(z.string(), z.number()) }),
  z.object({ id, type: z.literal("closed") }),
  /** The request failed. `unsupported`: the stack does not have this; the script is skipped, not failed. */
  z.object({ id, type: z.literal("error"), message: z.string(), unsupported: z.boolean().default(false) }),
]);

/** One message of the adapter. */
export type AdapterReply = z.output<typeof replySchema>;

/** A message as it goes over the wire: octets as base64, 64-bit numbers as strings. */
export function toWire(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.toBase64();
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toWire(item)]));
}
