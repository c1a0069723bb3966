/**
 * Reports that fit their packets.
 *
 * @module
 */
import type { GroupRecord } from "./group_host.ts";
import { RecordType } from "./group_host.ts";

/**
 * Records in as many lists as packets of `room` octets need (RFC 9776 section 4.2.16): records are not torn apart where they fit a packet of
 * their own; of one that does not, the sources go on in the next packet, but for the sources of an exclude record, which are cut.
 */
export function splitRecords(
  records: readonly GroupRecord[],
  room: number,
  header: number,
  source: number,
): GroupRecord[][] {
  const packets: GroupRecord[][] = [];
  let current: GroupRecord[] = [];
  let left = room;
  const most = Math.max(1, Math.floor((room - header) / source));
  for (const record of records.flatMap((one) => fitting(one, most))) {
    const length = header + source * record.sources.length;
    if (length > left && current.length > 0) {
      packets.push(current);
      current = [];
      left = room;
    }
    current.push(record);
    left -= length;
  }
  if (current.length > 0) packets.push(current);
  return packets;
}

function fitting(record: GroupRecord, most: number): GroupRecord[] {
  const { type, sources } = record;
  if (sources.length <= most) return [record];
  if (type === RecordType.MODE_IS_EXCLUDE || type === RecordType.CHANGE_TO_EXCLUDE) {
    return [{ ...record, sources: sources.slice(0, most) }];
  }
  const parts: GroupRecord[] = [];
  for (let at = 0; at < sources.length; at += most) parts.push({ ...record, sources: sources.slice(at, at + most) });
  return parts;
}
