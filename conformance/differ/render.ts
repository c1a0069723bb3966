/**
 * From a connection's life to a script. What the peer acknowledges depends on what the stack under test has sent by then,
 * so a stack in virtual time rehearses what is written so far.
 *
 * @module
 */
import type { Act, IcmpAct, Life, Text } from "./connection.ts";
import { call, type Line } from "./draft.ts";
import { descriptorOf, handshake, PEER_STAMP, setOption } from "./handshake.ts";
import { Peer, type SentSegment, type Stretch } from "./peer.ts";

/** What a stack sends by `until_ms` when told `lines`. */
export type Rehearse = (lines: readonly Line[], until_ms: number) => Promise<readonly SentSegment[]>;

/** How long the stack is watched after the last act, ms. */
const TAIL_MS = 900;

/** The lines of a script for `life`. */
export async function writeLife(life: Life, rehearse: Rehearse): Promise<Line[]> {
  const writer = new Writer(life, rehearse);
  for (const act of life.acts) await writer.act(act);
  return writer.end();
}

class Writer {
  readonly #lines: Line[];
  readonly #peer: Peer;
  readonly #fd: number;
  #now_ms: number;
  #closed = false;
  /** When what the stack has sent was last looked at, and how many lines there were. */
  #looked: readonly [number, number] = [-1, 0];

  constructor(private readonly life: Life, private readonly rehearse: Rehearse) {
    const { lines, end_ms } = handshake(life.opening);
    this.#lines = lines;
    this.#now_ms = end_ms;
    this.#peer = new Peer(life.opening.window);
    this.#fd = descriptorOf(life.opening);
  }

  end(): Line[] {
    // Looks at nothing, but the run goes on until then.
    return [...this.#lines, { at_ms: this.#now_ms + TAIL_MS, text: 'mib("Tcp.OutSegs") >= 0' }];
  }

  async act(act: Act): Promise<void> {
    this.#now_ms += act.after_ms;
    switch (act.kind) {
      case "text":
        return this.#text(act);
      case "fin":
        return this.#fin(act.length, act.gap);
      case "reset":
        return this.#put(
          `< ${act.flags} ${this.#empty(this.#peer.next + act.gap)} ack ${
            act.flags === "R" ? 0 : this.#peer.acked
          } win 0`,
        );
      case "syn":
        return this.#put(
          `< ${act.flags} ${this.#synNumbers(act.gap)} ack ${
            act.flags === "S" ? 0 : this.#peer.acked
          } win 1000 <mss 1000>`,
        );
      case "ack":
        return await this.#ack(act);
      case "respond":
        return await this.#respond(act);
      case "icmp":
        await this.#look();
        return this.#icmp(act);
      default:
        return this.#call(act);
    }
  }

  #put(text: Line["text"]): void {
    this.#lines.push({ at_ms: this.#now_ms, text });
  }

  #call(act: Exclude<Act, { kind: "text" | "fin" | "reset" | "syn" | "ack" | "respond" | "icmp" }>): void {
    if (this.#closed) return;
    const fd = this.#fd;
    switch (act.kind) {
      case "read":
        return this.#put(call(
          act.flags === "0" ? `read(${fd}, ..., ${act.length})` : `recv(${fd}, ..., ${act.length}, ${act.flags})`,
          String(act.length),
        ));
      case "write":
        return this.#put(call(
          act.flags === "0" ? `write(${fd}, ..., ${act.length})` : `send(${fd}, ..., ${act.length}, ${act.flags})`,
          String(act.length),
        ));
      case "option":
        return this.#put(setOption(fd, act.option));
      case "shutdown":
        return this.#put(call(`shutdown(${fd}, ${act.how})`));
      case "close":
        this.#closed = true;
        return this.#put(call(`close(${fd})`));
      case "poll":
        return this.#put((returned) => {
          const revents = /revents (0x[0-9a-f]+)/.exec(returned?.values?.join(" ") ?? "")?.[1] ?? "0";
          return `poll([{fd=${fd}, events=POLLIN|POLLPRI|POLLOUT|POLLRDHUP, revents=${revents}}], 1, 0) = ${
            returned?.result ?? 1
          }`;
        });
    }
  }

  #text({ length, gap, flags, ecn, stamp_ms, urgent, stampless }: Text): void {
    const peer = this.#peer;
    if (peer.finished && gap >= 0) return;
    const seq = Math.max(0, peer.next + gap);
    if (gap <= 0) peer.next = Math.max(peer.next, seq + length);
    const ip = ecn === "noecn" ? "" : `[${ecn}] `;
    const pointer = flags.includes("U") ? ` urg ${urgent}` : "";
    const options = stampless ? "" : this.#stamp(stamp_ms);
    this.#put(
      `< ${ip}${flags} ${seq}:${seq + length}(${length}) ack ${
        flags.includes(".") ? peer.acked : 0
      } win ${peer.window}${pointer}${options}`,
    );
  }

  #fin(length: number, gap: number): void {
    const peer = this.#peer;
    if (peer.finished) return;
    const seq = Math.max(0, peer.next + gap);
    if (gap <= 0) {
      peer.next = Math.max(peer.next, seq + length + 1);
      peer.finished = true;
    }
    this.#put(`< F. ${seq}:${seq + length}(${length}) ack ${peer.acked} win ${peer.window}${this.#stamp(0)}`);
  }

  async #ack({ share, gap, blocks, window, flags, stamp_ms }: Extract<Act, { kind: "ack" }>): Promise<void> {
    await this.#look();
    const peer = this.#peer;
    peer.window = window ?? peer.window;
    const stretches = blocks.map((
      [from, to],
    ): Stretch => [peer.boundaryAt(from), to > 1 ? peer.sent + 1000 : peer.boundaryAt(to)])
      .filter(([from, to]) => to > from);
    let seq = peer.acked;
    if (share > 1) seq = peer.sent + 1000;
    else if (share < 0) seq = peer.acked - 1000;
    else if (share > 0) {
      peer.acknowledge(seq = share === 0.1 || share === 0.75 ? peer.octetAt(share) : peer.boundaryAt(share));
    }
    this.#acknowledgement(seq, peer.next + gap, flags, stretches, stamp_ms);
  }

  #acknowledgement(ack: number, seq: number, flags: string, blocks: readonly Stretch[], stamp_ms: number): void {
    const { stamps, sack } = this.life.opening;
    const options = this.#stamp(stamp_ms);
    const fit = blocks.slice(0, stamps ? 3 : 4);
    const list = sack && fit.length > 0 ? `nop,nop,sack ${fit.map((block) => block.join(":")).join(" ")}` : "";
    const all = list === "" ? options : options === "" ? ` <${list}>` : options.replace(">", `,${list}>`);
    const dotted = flags === "" ? "-" : flags;
    this.#put(
      `< ${dotted} ${this.#empty(seq)} ack ${flags.includes(".") ? ack >>> 0 : 0} win ${this.#peer.window}${all}`,
    );
  }

  async #respond({ lost, every, window, echo }: Extract<Act, { kind: "respond" }>): Promise<void> {
    const fresh = await this.#look();
    const peer = this.#peer;
    const changed = window !== undefined && window !== peer.window;
    peer.window = window ?? peer.window;
    let waiting = 0;
    let duplicate: Stretch | undefined;
    const speak = () => {
      waiting = 0;
      const blocks = duplicate === undefined ? peer.ranges : [duplicate, ...peer.ranges];
      duplicate = undefined;
      this.#acknowledgement(peer.acked, peer.next, echo ? "E." : ".", blocks, 0);
    };
    fresh.filter(({ length }) => length > 0).forEach((segment, i) => {
      if (i < 30 && (lost >> i & 1) === 1) return;
      duplicate = peer.receive(segment) ?? duplicate;
      if (++waiting === every) speak();
    });
    if (waiting > 0 || changed) speak();
  }

  #icmp({ message, mtu, share }: IcmpAct): void {
    const peer = this.#peer;
    const seq = share > 1 ? peer.sent + 5000 : peer.boundaryAt(share);
    const four = this.life.opening.family === "ipv4";
    const words: Record<IcmpAct["message"], string> = {
      frag_needed: four ? `unreachable frag_needed mtu ${mtu}` : `packet_too_big mtu ${mtu}`,
      host_unreachable: four ? "unreachable host_unreachable" : "unreachable address_unreachable",
      port_unreachable: "unreachable port_unreachable",
      protocol_unreachable: four ? "unreachable protocol_unreachable" : "parameter_problem unknown_next_header",
      time_exceeded: "time_exceeded",
    };
    this.#put(`< icmp ${words[message]} [${seq}:${seq + 1000}(1000)]`);
  }

  /** Has the stack rehearse what is written so far; what it has sent that the peer has not seen. */
  async #look(): Promise<readonly SentSegment[]> {
    const looked: readonly [number, number] = [this.#now_ms, this.#lines.length];
    if (this.#looked[0] === looked[0] && this.#looked[1] === looked[1]) return [];
    this.#looked = looked;
    return this.#peer.notice(await this.rehearse(this.#lines, this.#now_ms));
  }

  #stamp(off_ms: number): string {
    if (!this.life.opening.stamps) return "";
    return ` <nop,nop,TS val ${(PEER_STAMP + this.#now_ms + off_ms) >>> 0} ecr ${this.#peer.echo}>`;
  }

  #empty(seq: number): string {
    const there = seq >>> 0;
    return `${there}:${there}(0)`;
  }

  #synNumbers(gap: number): string {
    // A SYN's numbers are the wire's own.
    const there = (this.life.opening.isn + this.#peer.next + gap) >>> 0;
    return `${there}:${there}(0)`;
  }
}
