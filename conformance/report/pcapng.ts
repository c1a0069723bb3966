/**
 * A capture of one run as pcapng (draft-ietf-opsawg-pcapng): raw IP packets with the direction, and the script line and
 * verdict as comments.
 *
 * @module
 */
import { fromHex } from "./hex.ts";
import { lengthOf } from "./packet_fields.ts";
import type { EvidenceEntry, RunResult } from "./results.ts";

const LINKTYPE_RAW = 101;
const OPT_END = 0;
const OPT_COMMENT = 1;
const EPB_FLAGS = 2;
const SHB_USERAPPL = 4;
const IF_NAME = 2;

const encoder = new TextEncoder();

function padded(length: number): number {
  return (length + 3) & ~3;
}

function option(code: number, value: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 + padded(value.length));
  const view = new DataView(out.buffer);
  view.setUint16(0, code, true);
  view.setUint16(2, value.length, true);
  out.set(value, 4);
  return out;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function block(type: number, body: readonly Uint8Array[]): Uint8Array {
  const content = concatenate(body);
  const out = new Uint8Array(12 + content.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, out.length, true);
  out.set(content, 8);
  view.setUint32(out.length - 4, out.length, true);
  return out;
}

function words(...values: number[]): Uint8Array {
  const out = new Uint8Array(values.length * 4);
  const view = new DataView(out.buffer);
  values.forEach((value, i) => view.setUint32(i * 4, value >>> 0, true));
  return out;
}

const END = option(OPT_END, new Uint8Array());

/** The packets of a run's evidence as a pcapng file; script time 0 is the epoch. */
export function renderPcapng(run: RunResult): Uint8Array {
  const about = `${run.script} (${run.variant}, ${run.target}): ${run.verdict}${run.message ? `\n${run.message}` : ""}`;
  const blocks = [
    block(0x0a0d0d0a, [
      words(0x1a2b3c4d, 0x00000001, 0xffffffff, 0xffffffff),
      option(OPT_COMMENT, encoder.encode(about)),
      option(SHB_USERAPPL, encoder.encode("netproof")),
      END,
    ]),
  ];
  const interfaces = [undefined, ...new Set(run.evidence?.flatMap(({ interface: name }) => name ?? []))];
  for (const name of interfaces) {
    blocks.push(block(1, [words(LINKTYPE_RAW, 0), option(IF_NAME, encoder.encode(name ?? "tun0")), END]));
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
      option(OPT_COMMENT, encoder.encode(comment(entry))),
      END,
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

/** The file name for a run: path separators and blanks become `_`. */
export function pcapName(run: RunResult): string {
  return `${
    run.script.replace(/^(\.{0,2}\/)+/, "").replace(/[^A-Za-z0-9.-]+/g, "_")
  }.${run.variant}.${run.target}.pcapng`;
}
