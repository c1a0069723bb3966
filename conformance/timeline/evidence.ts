/**
 * What happened in a run, kept cheaply: texts are made when somebody reads them.
 *
 * @module
 */
import { toHex } from "../../stack/wire/bytes.ts";
import { crc32 } from "../crc32.ts";
import type { CallRecord, EvidenceEntry } from "../report/results.ts";
import type { PacketAction } from "../script/syntax.ts";
import { formatCall } from "./call_record.ts";
import { formatLivePacket } from "./format.ts";
import { LivePacket } from "./live.ts";
import { mappedForDisplay } from "./match.ts";
import { Numbering } from "./numbering.ts";

/** Something that happened. What is known of a packet grows as events look at it. */
interface Noted {
  readonly kind: EvidenceEntry["kind"];
  /** µs of script time; of what happened before there was any, of the clock as it was then. */
  time_us: number;
  line: number | undefined;
  /** In words, where neither {@link call}, {@link seen} nor {@link live} tells. */
  readonly text: string | (() => string);
  readonly bytes?: Uint8Array | undefined;
  /** The interface that a packet passed, unless it is the usual one. */
  readonly through?: string | undefined;
  /** What a call returned, which is its text. */
  readonly call?: (() => CallRecord) | undefined;
  /** What a code block looks at, which is its text. */
  readonly seen?: (() => Readonly<Record<string, string>>) | undefined;
  /** A packet that the stack sent. */
  readonly live?: LivePacket | undefined;
  /** The packet of the script that it was. */
  taker?: PacketAction | undefined;
  fate?: EvidenceEntry["fate"];
  joined?: boolean;
}

/** Octets of a packet that are kept. */
const MAX_BYTES = 2048;

/** A bounded list of what happened; the oldest entries go first. */
export class Evidence {
  readonly #limit: number;
  readonly #listener: ((entry: EvidenceEntry) => void) | undefined;
  readonly #sent = new WeakMap<LivePacket, Noted>();
  /** For who listens. */
  readonly #numbering = new Numbering();
  #entries: Noted[] = [];
  #dropped = 0;

  /** `usual`: the interface that packets pass where nothing else is noted. */
  constructor(
    limit: number,
    listener: ((entry: EvidenceEntry) => void) | undefined,
    readonly usual: string | undefined = undefined,
  ) {
    this.#limit = limit;
    this.#listener = listener;
  }

  #unusual(name: string | undefined): string | undefined {
    return name === this.usual ? undefined : name;
  }

  /** Notes something. `text` may be a function, called later. */
  add(
    kind: EvidenceEntry["kind"],
    time_us: number,
    line: number | undefined,
    text: string | (() => string),
    bytes?: Uint8Array,
    through?: string,
  ): void {
    this.#note({ kind, time_us, line, text, bytes, through: this.#unusual(through) });
  }

  /** Notes what a call returned. */
  returned(time_us: number, line: number, call: () => CallRecord): void {
    this.#note({ kind: "return", time_us, line, text: "", call });
  }

  /** Notes what a code block looks at. */
  sampled(time_us: number, line: number, seen: () => Readonly<Record<string, string>>): void {
    this.#note({ kind: "code", time_us, line, text: "", seen });
  }

  /** Notes how much a counter has grown. */
  counted(time_us: number, line: number, name: string, growth: number): void {
    this.sampled(time_us, line, () => ({ [name]: `+${growth}` }));
  }

  /** Notes a packet that the stack under test sent. Until {@link taken} says otherwise no event took it. */
  sent(live: LivePacket): void {
    const noted: Noted = {
      kind: "outbound",
      time_us: live.time_us,
      line: undefined,
      text: "",
      bytes: live.bytes,
      through: this.#unusual(live.interface),
      live,
      fate: "unclaimed",
    };
    this.#sent.set(live, noted);
    this.#note(noted);
  }

  /** The packets are, together, what the event of that line expects. */
  taken(parts: readonly LivePacket[], line: number, taker: PacketAction): void {
    parts.forEach((live, i) => {
      const noted = this.#sent.get(live);
      if (noted === undefined) return;
      Object.assign(noted, { line, taker, fate: undefined, joined: i > 0 });
    });
  }

  /** The packets are not what the event of that line expects, and the script fails for it. */
  refused(parts: readonly LivePacket[], line: number): void {
    for (const live of parts) {
      const noted = this.#sent.get(live);
      if (noted !== undefined) Object.assign(noted, { line, fate: "refused" });
    }
  }

  /** Script time begins: what happened so far is put `shift_us` later on its clock. */
  started(shift_us: number): void {
    for (const noted of this.#entries) noted.time_us += shift_us;
  }

  #note(noted: Noted): void {
    this.#listener?.(rendered(noted, packetText(noted, this.#numbering)));
    this.#entries.push(noted);
    if (this.#entries.length >= 2 * this.#limit) {
      const surplus = this.#entries.length - this.#limit;
      this.#entries = this.#entries.slice(surplus);
      this.#dropped += surplus;
    }
  }

  /** Everything that was kept, by time: packets are noted when they are looked at, which may be later. */
  render(): EvidenceEntry[] {
    const numbering = new Numbering();
    const inOrder = [...this.#entries].sort((a, b) => a.time_us - b.time_us);
    const all = inOrder.map((noted) => rendered(noted, packetText(noted, numbering)));
    const kept = all.slice(-this.#limit);
    const dropped = this.#dropped + all.length - kept.length;
    if (dropped === 0) return kept;
    return [{ kind: "note", time_us: kept[0]?.time_us ?? 0, text: `${dropped} earlier entries left out` }, ...kept];
  }
}

/** A packet's text in script numbers, as far as the packets before it tell them; undefined for what has its own. */
function packetText(noted: Noted, numbering: Numbering): string | undefined {
  if (noted.kind === "inbound" && noted.bytes !== undefined) {
    const { bytes, time_us } = noted;
    numbering.see(new LivePacket({ bytes, time_us, checksumPartial: true, gsoSize: 0 }), "inbound");
  }
  if (noted.live === undefined) return undefined;
  const numbers = numbering.see(noted.live, "outbound", noted.taker);
  const segment = noted.taker?.transport.kind === "tcp" ? noted.taker.transport : undefined;
  const ace = segment?.flags.ace !== undefined;
  return formatLivePacket(noted.live, mappedForDisplay(noted.live, numbers), ace).trimEnd();
}

function formatSeen(seen: Readonly<Record<string, string>>): string {
  const values = Object.entries(seen).map(([name, value]) => `${name} ${value}`);
  return `code sees ${values.length === 0 ? "nothing of the socket" : values.join(", ")}`;
}

function rendered(noted: Noted, packet: string | undefined): EvidenceEntry {
  const { kind, line, bytes, fate, joined } = noted;
  const call = noted.call?.();
  const seen = noted.seen?.();
  const text = packet ?? (call && formatCall(call)) ?? (seen && formatSeen(seen)) ??
    (typeof noted.text === "string" ? noted.text : noted.text()).trimEnd();
  const rest = bytes?.subarray(MAX_BYTES);
  return {
    kind,
    time_us: Math.trunc(noted.time_us),
    text,
    ...(line === undefined ? {} : { line }),
    ...(bytes === undefined ? {} : { bytes: toHex(bytes.subarray(0, MAX_BYTES)) }),
    ...(rest === undefined || rest.length === 0 ? {} : { rest_crc: crc32(rest) }),
    ...(fate === undefined ? {} : { fate }),
    ...(joined === true ? { joined } : {}),
    ...(call === undefined ? {} : { call }),
    ...(seen === undefined ? {} : { seen }),
    ...(noted.through === undefined ? {} : { interface: noted.through }),
  };
}
