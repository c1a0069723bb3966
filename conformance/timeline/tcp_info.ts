/**
 * The variables of code blocks, from the octets of `TCP_INFO`, `TCP_CC_INFO` and `SO_MEMINFO`.
 *
 * @module
 */

/** Constants that every code block sees. */
export const CONSTANTS: Readonly<Record<string, number>> = {
  TCP_ESTABLISHED: 1,
  TCP_SYN_SENT: 2,
  TCP_SYN_RECV: 3,
  TCP_FIN_WAIT1: 4,
  TCP_FIN_WAIT2: 5,
  TCP_TIME_WAIT: 6,
  TCP_CLOSE: 7,
  TCP_CLOSE_WAIT: 8,
  TCP_LAST_ACK: 9,
  TCP_LISTEN: 10,
  TCP_CLOSING: 11,
  TCP_CA_Open: 0,
  TCP_CA_Disorder: 1,
  TCP_CA_CWR: 2,
  TCP_CA_Recovery: 3,
  TCP_CA_Loss: 4,
  TCPI_OPT_TIMESTAMPS: 1,
  TCPI_OPT_SACK: 2,
  TCPI_OPT_WSCALE: 4,
  TCPI_OPT_ECN: 8,
  TCPI_OPT_ECN_SEEN: 16,
  TCPI_OPT_SYN_DATA: 32,
  TCPI_OPT_USEC_TS: 64,
  TCPI_OPT_TFO_CHILD: 128,
};

/** nplab's names of the states, with Linux's numbers; packetdrill's own scripts have no such names to clash with. */
export const NPLAB_CONSTANTS: Readonly<Record<string, number>> = {
  TCPI_ESTABLISHED: 1,
  TCPI_SYN_SENT: 2,
  TCPI_SYN_RECEIVED: 3,
  TCPI_FIN_WAIT_1: 4,
  TCPI_FIN_WAIT_2: 5,
  TCPI_TIME_WAIT: 6,
  TCPI_CLOSED: 7,
  TCPI_CLOSE_WAIT: 8,
  TCPI_LAST_ACK: 9,
  TCPI_LISTEN: 10,
  TCPI_CLOSING: 11,
  TCPI_NEW_SYN_RECV: 12,
};

/** A field of a struct: name, offset, size in octets, or a range of bits of one octet or word. */
type Field = readonly [name: string, offset: number, size: 1 | 2 | 4 | 8, shift?: number, bits?: number];

/** `struct tcp_info` of Linux 6.18 (`include/uapi/linux/tcp.h`). */
const TCP_INFO: readonly Field[] = [
  ["state", 0, 1],
  ["ca_state", 1, 1],
  ["retransmits", 2, 1],
  ["probes", 3, 1],
  ["backoff", 4, 1],
  ["options", 5, 1],
  ["snd_wscale", 6, 1, 0, 4],
  ["rcv_wscale", 6, 1, 4, 4],
  ["delivery_rate_app_limited", 7, 1, 0, 1],
  ["fastopen_client_fail", 7, 1, 1, 2],
  ...run(8, 4, "rto ato snd_mss rcv_mss unacked sacked lost retrans fackets last_data_sent last_ack_sent"),
  ...run(52, 4, "last_data_recv last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering"),
  ...run(92, 4, "rcv_rtt rcv_space total_retrans"),
  ...run(104, 8, "pacing_rate max_pacing_rate bytes_acked bytes_received"),
  ...run(136, 4, "segs_out segs_in notsent_bytes min_rtt data_segs_in data_segs_out"),
  ...run(160, 8, "delivery_rate busy_time rwnd_limited sndbuf_limited"),
  ...run(192, 4, "delivered delivered_ce"),
  ...run(200, 8, "bytes_sent bytes_retrans"),
  ...run(216, 4, "dsack_dups reord_seen rcv_ooopack snd_wnd rcv_wnd rehash"),
  ...run(240, 2, "total_rto total_rto_recoveries"),
  ...run(244, 4, "total_rto_time received_ce delivered_e1_bytes delivered_e0_bytes delivered_ce_bytes"),
  ...run(264, 4, "received_e1_bytes received_e0_bytes received_ce_bytes"),
  ["ecn_mode", 276, 4, 0, 2],
  ["accecn_opt_seen", 276, 4, 2, 2],
  ["accecn_fail_mode", 276, 4, 4, 4],
  ["options2", 276, 4, 8, 24],
];

const BBR: readonly Field[] = run(0, 4, "bbr_bw_lo bbr_bw_hi bbr_min_rtt bbr_pacing_gain bbr_cwnd_gain");
const DCTCP: readonly Field[] = [
  ...run(0, 2, "dctcp_enabled dctcp_ce_state"),
  ...run(4, 4, "dctcp_alpha dctcp_ab_ecn dctcp_ab_tot"),
];
const VEGAS: readonly Field[] = run(0, 4, "tcpv_enabled tcpv_rttcnt tcp_rtt tcp_minrtt");
const MEMINFO: readonly Field[] = run(
  0,
  4,
  "RMEM_ALLOC RCVBUF WMEM_ALLOC SNDBUF FWD_ALLOC WMEM_QUEUED OPTMEM BACKLOG DROPS",
);

/** Every name that a code block may find, on some stack or other. */
export const CODE_NAMES: readonly string[] = [
  ...TCP_INFO.map(([name]) => `tcpi_${name}`),
  ...MEMINFO.map(([name]) => `SK_MEMINFO_${name}`),
  ...[BBR, DCTCP, VEGAS].flatMap((fields) => fields.map(([name]) => name)),
  ...Object.keys(CONSTANTS),
];

function run(offset: number, size: 2 | 4 | 8, names: string): Field[] {
  return names.split(" ").map((name, i) => [name, offset + i * size, size] as const);
}

function read(
  into: Record<string, number>,
  fields: readonly Field[],
  prefix: string,
  bytes: Uint8Array,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [name, offset, size, shift, bits] of fields) {
    if (offset + size > bytes.length) continue;
    const value = size === 8
      ? Number(view.getBigUint64(offset, true))
      : size === 4
      ? view.getUint32(offset, true)
      : size === 2
      ? view.getUint16(offset, true)
      : bytes[offset]!;
    into[prefix + name] = bits === undefined ? value : Math.floor(value / 2 ** (shift ?? 0)) % 2 ** bits;
  }
}

/** The variables of one snapshot. Fields beyond what the kernel returned are not there. */
export function codeVariables(
  tcpInfo: Uint8Array,
  ccInfo: Uint8Array,
  memInfo: Uint8Array,
): Record<string, number> {
  const variables: Record<string, number> = {};
  read(variables, TCP_INFO, "tcpi_", tcpInfo);
  // By length alone, as packetdrill does, so that several sets may appear.
  if (ccInfo.length >= 20) {
    read(variables, BBR, "", ccInfo);
    variables["bbr_bw"] = (variables["bbr_bw_hi"] ?? 0) * 2 ** 32 + (variables["bbr_bw_lo"] ?? 0);
  }
  if (ccInfo.length >= 16) {
    read(variables, DCTCP, "", ccInfo);
    read(variables, VEGAS, "", ccInfo);
  }
  read(variables, MEMINFO, "SK_MEMINFO_", memInfo);
  return variables;
}
