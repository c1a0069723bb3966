/**
 * A capture of one run as pcapng (draft-ietf-opsawg-pcapng): raw IP packets with the direction, and the script line and
 * verdict as comments.
 *
 * @module
 */
import { printable, printableName } from "../printable.ts";
import { fromHex } from "./hex.ts";
import { lengthOf } from "./packet_fields.ts";
import { block, concatenate, END_OF_OPTIONS, option, padded, words } from "./pcapng_blocks.ts";
import type { EvidenceEntry, RunResult } from "./results.ts";

const LINKTYPE_RAW = 101;
const OPT_COMMENT = 1;
const EPB_FLAGS = 2;
const SHB_USERAPPL = 4;
const IF_NAME = 2;

const encoder = new TextEncoder();

/** The packets of a run's evidence as a pcapng file; script time 0 is the epoch. */
export function renderPcapng(run: RunResult): Uint8Array {
  const about = `${printableName(run.script)} (${run.variant}, ${run.target}): ${run.verdict}${
    run.message ? `\n${run.message}` : ""
  }`;
  const blocks = [
    block(0x0a0d0d0a, [
      words(0x1a2b3c4d, 0x00000001, 0xffffffff, 0xffffffff),
      option(OPT_COMMENT, encoder.encode(printable(about, false))),
      option(SHB_USERAPPL, encoder.encode("netproof")),
      END_OF_OPTIONS,
    ]),
  ];
  const interfaces = [undefined, ...new Set(run.evidence?.flatMap(({ interface: name }) => name ?? []))];
  for (const name of interfaces) {
    blocks.push(block(1, [words(LINKTYPE_RAW, 0), option(IF_NAME, encoder.encode(name ?? "tun0")), END_OF_OPTIONS]));
  }
  for (const entry of run.evidence ?? []) {
    if (entry.bytes === undefined || (entry.kind !== "inbound" && entry.kind !== "outbound")) continue;
    const bytes = fromHex(entry.bytes);
    const body = new Uint8Array(padded(bytes.length));
    body.set(bytes);
    const length = Math.max(bytes.length, lengthOf(bytes));
    const time = Math.max(0, Math.round(entry.time_us));
    blocks.push(block(6, [
      words(interfaces.indexOf(entry.interface), Math.floor(time / 2 ** 32), time, bytes.length, length),
      body,
      option(EPB_FLAGS, words(entry.kind === "inbound" ? 1 : 2)),
      option(OPT_COMMENT, encoder.encode(printable(comment(entry), false))),
      END_OF_OPTIONS,
    ]));
  }
  return concatenate(blocks);
}

/** Which line a packet belongs to, or that it belongs to none. */
function comment(entry: EvidenceEntry): string {
  if (entry.fate === "unclaimed" || entry.line === undefined) return `no event of the script took it: ${entry.text}`;
  const what = entry.fate === "refused" ? ", not as it expects" : entry.joined === true ? ", goes on" : "";
  return `line ${entry.line}${what}: ${entry.text}`;
}

/** Of a script's path, octets in the names of its captures: names of files have 255 at most. */
const MAX_STEM = 200;

/** What captures of a script are called by its path: its end, and what is no letter or number becomes `_`. */
function stemOf(script: string): string {
  const stem = script.replace(/^(\.{0,2}\/)+/, "").replace(/[^\p{L}\p{M}\p{N}.-]+/gu, "_");
  const octets = encoder.encode(stem);
  // What stood in the middle of a character is taken away with it.
  return new TextDecoder().decode(octets.subarray(Math.max(0, octets.length - MAX_STEM))).replace(/^\ufffd+/, "");
}

/** What captures of each script are called, so that no two scripts share a name (`a/b.pkt` and `a_b.pkt` would). */
export function captureStems(scripts: Iterable<string>): ReadonlyMap<string, string> {
  const stems = new Map<string, string>();
  const taken = new Set<string>();
  for (const script of scripts) {
    if (stems.has(script)) continue;
    const stem = stemOf(script);
    let own = stem;
    for (let n = 2; taken.has(own.toLowerCase()); n++) own = `${stem}~${n}`;
    // Some file systems tell no capitals.
    taken.add(own.toLowerCase());
    stems.set(script, own);
  }
  return stems;
}

/** The file name for a run of a script whose captures are called `stem`. */
export function pcapName({ script, variant, target }: RunResult, stem: string = stemOf(script)): string {
  return `${stem}.${variant}.${target}.pcapng`;
}
