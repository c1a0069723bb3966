/**
 * The lines that open a connection.
 *
 * @module
 */
import type { Opening, SocketOption } from "./connection.ts";
import { call, type Line } from "./draft.ts";

/** What the script calls the first time stamp of the stack under test. */
export const FIRST_STAMP = 100;
/** The peer's time stamp at script time 0. */
export const PEER_STAMP = 1000;

/** The descriptor of the connection. */
export function descriptorOf({ passive }: Opening): number {
  return passive ? 4 : 3;
}

/** `setsockopt`. */
export function setOption(fd: number, { level, name, value }: SocketOption): Line["text"] {
  return call(`setsockopt(${fd}, ${level}, ${name}, [${value}], 4)`);
}

/** The lines up to the end of the handshake, and the moment of its end. */
export function handshake(opening: Opening): { readonly lines: Line[]; readonly end_ms: number } {
  const texts: Line["text"][] = [
    call("socket(..., SOCK_STREAM, IPPROTO_TCP)", "3"),
    call("setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4)"),
    call(`setsockopt(3, IPPROTO_TCP, TCP_CONGESTION, "${opening.congestion}", ${opening.congestion.length})`),
    ...opening.options.map((option) => setOption(3, option)),
  ];
  const before = opening.passive ? passiveOpen(opening) : activeOpen(opening);
  const end_ms = opening.roundTrip_ms;
  const lines = [...texts, ...before].map((text) => ({ at_ms: 0, text }));
  const after = opening.passive
    ? [
      `< . 1:1(0) ack 1 win ${opening.window}${stampOption(opening, end_ms, FIRST_STAMP)}`,
      call("accept(3, ..., ...)", "4"),
      call("fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK)"),
    ]
    : [`< S. ${opening.isn}:${opening.isn}(0) ack 1 win ${opening.synWindow} ${synOptions(opening, end_ms)}`];
  return { lines: [...lines, ...after.map((text) => ({ at_ms: end_ms, text }))], end_ms };
}

function passiveOpen(opening: Opening): Line["text"][] {
  const { isn, ecn, synWindow } = opening;
  return [
    call("bind(3, ..., ...)"),
    call("listen(3, 5)"),
    `< ${ecn ? "SEW" : "S"} ${isn}:${isn}(0) win ${synWindow} ${synOptions(opening, 0)}`,
    `> ${ecn ? "SE" : "S"}. 0:0(0) ack ${isn + 1} ${answerOptions(opening)}`,
  ];
}

function activeOpen(_opening: Opening): Line["text"][] {
  return [
    call("fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK)"),
    () => "connect(3, ..., ...) = -1 EINPROGRESS (on its way)",
    `> S 0:0(0) <mss *,sackOK,TS val ${FIRST_STAMP} ecr 0,nop,wscale *>`,
  ];
}

/** Options of the peer's SYN or SYN-ACK. */
function synOptions({ mss, sack, stamps, scale, passive }: Opening, at_ms: number): string {
  const echo = passive ? 0 : FIRST_STAMP;
  const options = [
    ...(mss === undefined ? [] : [`mss ${mss}`]),
    ...(sack ? ["nop", "nop", "sackOK"] : []),
    ...(stamps ? ["nop", "nop", `TS val ${PEER_STAMP + at_ms} ecr ${echo}`] : []),
    ...(scale === undefined ? [] : ["nop", `wscale ${scale}`]),
  ];
  return options.length === 0 ? "" : `<${options.join(",")}>`;
}

/** Options of the SYN-ACK that is expected. */
function answerOptions({ sack, stamps, scale }: Opening): string {
  const both = sack && stamps;
  const options = [
    "mss *",
    ...(both ? ["sackOK"] : sack ? ["nop", "nop", "sackOK"] : stamps ? ["nop", "nop"] : []),
    ...(stamps ? [`TS val ${FIRST_STAMP} ecr ${PEER_STAMP}`] : []),
    ...(scale === undefined ? [] : ["nop", "wscale *"]),
  ];
  return `<${options.join(",")}>`;
}

/** The option of each of the peer's segments. */
export function stampOption({ stamps }: Opening, at_ms: number, echo: number): string {
  return stamps ? ` <nop,nop,TS val ${(PEER_STAMP + at_ms) >>> 0} ecr ${echo}>` : "";
}
