/** The words that a scanner of packetdrill's never gives out as names. */
import type { Dialect } from "./syntax.ts";

const PACKETDRILL = `sa_family sin_port sin_addr msg_name msg_iov msg_flags msg_control cmsg_data cmsg_level cmsg_type
ee_errno ee_origin ee_type ee_code ee_info ee_data scm_sec scm_nsec fd u32 u64 ptr events revents onoff linger htons
ipv4 ipv6 icmp udp GREv0 gre raw sum off key seq none checksum sequence# present encap psp spi mpls label tc
ttl inet_addr inet6_addr ack eol ecr mss mtu nop sack sackOK md5 TS FO FOEXP ECN e0b e1b ceb tos flowlabel
flags Flags val win urg wscale ect01 ect0 ect1 noecn ce id`;

/** nplab's, as far as TCP, UDP and ICMP scripts meet them. `flags` is an ordinary word there. */
const NPLAB =
  `sa_family sin_port sin_addr msg_name msg_iov msg_flags msg_control cmsg_data cmsg_level cmsg_type cmsg_len
iov_base iov_len ee_errno ee_origin ee_type ee_code ee_info ee_data fd events revents onoff linger htons htonl
ipv4 ipv6 icmp udp udplite sctp gre mpls label tc ttl hlim inet_addr ack eol ecr mss mtu nop sack sackOK md5 valid TS FO
exp-FO EXP-FO exp-tarr exp-AccECN0 exp-AccECN1 AccECN0 AccECN1 ee0b ee1b eceb tos class dscp ecn flowlabel flgs val
win urg wscale ect01 ect0 ect1 noecn ce cs0 cs1 cs2 cs3 cs4 cs5 cs6 cs7 af11 af12 af13 af21 af22 af23 af31 af32 af33
af41 af42 af43 ef voice-admit le af_name af_arg function_set_name pcbcnt code pen`;

const WORDS: Record<Dialect, ReadonlySet<string>> = {
  packetdrill: new Set(PACKETDRILL.split(/\s+/)),
  nplab: new Set(NPLAB.split(/\s+/)),
};

/** The reserved words of a dialect. */
export function reservedWords(dialect: Dialect): ReadonlySet<string> {
  return WORDS[dialect];
}
