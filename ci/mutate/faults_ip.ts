/**
 * Faults of IP, reassembly and UDP.
 *
 * @module
 */
import type { Fault } from "./fault.ts";

const REASSEMBLE = "stack/ip/reassemble.ts";

/** From the bottom: headers, fragments, paths, UDP. */
export const IP_FAULTS: readonly Fault[] = [
  {
    name: "ip-checksum-early",
    about: "the header checksum is computed before the total length is filled in (RFC 791 section 3.1)",
    at: "RFC791-3.1-checksum-send",
    find: `  ipv4.setTotalLength(bytes, at, Math.min(packet.length, ipv4.MAX_TOTAL_LENGTH));
  ipv4.fillHeaderChecksum(bytes, at);`,
    replace: `  ipv4.fillHeaderChecksum(bytes, at);
  ipv4.setTotalLength(bytes, at, Math.min(packet.length, ipv4.MAX_TOTAL_LENGTH));`,
  },
  {
    name: "ip-checksum-unverified",
    about: "a wrong header checksum is not noticed (RFC 1122 section 3.2.1.2)",
    at: "RFC791-3.1-checksum-recv",
    find: "if (!ipv4.verifyHeaderChecksum(bytes, data)) {",
    replace: "if (false) {",
  },
  {
    name: "ip-padding-kept",
    about: "what the link padded counts as data (RFC 791 section 3.1, total length)",
    at: "RFC791-3.1-totlen-padding",
    find: "  packet.trim(total);\n",
    replace: "",
  },
  {
    name: "ip-total-length-unchecked",
    about: "a datagram shorter than its total length is taken (RFC 791 section 3.1)",
    at: "RFC791-3.1-totlen-short",
    find: "if (length < total) return mib.inc(Counter.IpExtInTruncatedPkts);",
    replace: "",
  },
  {
    name: "ip6-payload-length-unchecked",
    about: "a packet shorter than its payload length is taken (RFC 8200 section 3)",
    at: "RFC8200-3-payload-len",
    find: "if (payload + ipv6.HEADER_LENGTH > length) return mib.inc(Counter.Ip6InTruncatedPkts);",
    replace: "",
  },
  {
    name: "ip-option-length-zero",
    about: "an option of length 0 or 1 is not refused, and the options are gone through for ever (RFC 791 section 3.1)",
    at: "stack/wire/ipv4_option_area.ts",
    find: "if (length <= LENGTH || at + length > end) return",
    replace: "if (at + length > end) return",
  },
  {
    name: "ip-source-route-taken",
    about: "source routes are followed though they are refused by default (RFC 7126 section 4.3)",
    at: "RFC1122-3.3.5-sr-default-off",
    find: "if (state !== undefined && !state.accept_source_route.and) return false;",
    replace: "",
  },
  {
    name: "ip6-unknown-option-skipped",
    about: "an unknown option that asks for a report is skipped (RFC 8200 section 4.2)",
    at: "stack/ip/ipv6_options.ts",
    find: "return { code: ICMPV6_UNK_OPTION, at, unicastOnly: false };",
    replace: 'return "accept";',
  },
  {
    name: "ip-hop-limit-fixed",
    about: "the TTL a program sets with IP_TTL is ignored (RFC 1122 section 4.1.4)",
    at: "RFC1122-4.1.4-spec",
    find: "options.ttl !== 0 ? options.ttl : route.type",
    replace: "route.type",
  },
  {
    name: "df-not-set-tcp",
    about: "TCP's packets have no DF, so path MTU discovery can't work (RFC 1191 section 3)",
    at: "RFC1191-df-bit",
    find: "if (options.df === true) return !route.mtuLocked();",
    replace: "if (options.df === true) return false;",
  },
  {
    name: "df-not-set-udp",
    about: "datagrams that fit have no DF (IP_PMTUDISC_WANT, RFC 1191 section 3)",
    at: "RFC1191-df-bit",
    find: "return mode === PmtuDiscovery.WANT && !route.mtuLocked() && length <= route.mtu();",
    replace: "return false;",
  },
  {
    name: "fragment-not-in-eights",
    about: "fragments but the last are no multiple of 8 octets long (RFC 791 section 3.2)",
    at: "RFC791-3.2-frag-8byte",
    find: "const unit = (limit - header_length) & ~7;",
    replace: "const unit = limit - header_length;",
  },
  {
    name: "fragment-mf-on-all",
    about: "the last fragment has MF set, so the datagram is never complete (RFC 791 section 3.2)",
    at: "RFC791-3.2-frag-fields",
    find: "(!last || more ? ipv4.MF : 0)",
    replace: "ipv4.MF",
  },
  {
    name: "fragment6-id-differs",
    about: "each fragment of a packet has an identification of its own (RFC 8200 section 4.5)",
    at: "RFC8200-4.5-perfrag",
    find: "set32(fragment.bytes, fragment_header + 4, id);",
    replace: "set32(fragment.bytes, fragment_header + 4, ip.idents.select6());",
  },
  {
    name: "overlap-dropped-alone",
    about: "an overlapping fragment is dropped, but the rest is put together all the same (RFC 5722 section 3)",
    at: "RFC5722-4-discard",
    find: `if (last !== undefined && offset < last.end) return "overlap";`,
    replace: `if (last !== undefined && offset < last.end) return "duplicate";`,
  },
  {
    name: "duplicate-fragment-fatal",
    about: "a fragment that comes twice ends the datagram (RFC 791 section 3.2)",
    at: "RFC815-3-no-extra",
    find: `return end <= before.end ? "duplicate" : "overlap";`,
    replace: `return "overlap";`,
  },
  {
    name: "reassembly-timer-lost",
    about: "incomplete datagrams are kept for ever, and nobody hears of them (RFC 1122 section 3.3.2)",
    at: REASSEMBLE,
    find: `    this.count++;
    queue.timer.arm(this.ip.net.now + this.time.value * 1_000_000);`,
    replace: "    this.count++;",
  },
  {
    name: "reassembly-first-is-any",
    about: "time exceeded goes out though the first fragment never came (RFC 792, RFC 8200 section 4.5)",
    at: REASSEMBLE,
    find: "if (offset === 0) this.keepFirst(queue, packet);",
    replace: "if (offset === 0 || queue.first === undefined) this.keepFirst(queue, packet);",
  },
  {
    name: "reassembly-silent-timeout",
    about: "no time exceeded when the rest of a datagram never comes (RFC 792)",
    at: "RFC1122-3.3.2-te",
    find: "ip.icmp?.icmp_send(first, ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME, 0);",
    replace: "",
  },
  {
    name: "reassembly-beyond-65535",
    about: "fragments may add up to more than a datagram can be long (the ping of death)",
    at: "RFC791-3.2-reass-oversize",
    find: "if (ecn === ECN_INVALID || total > ipv4.MAX_TOTAL_LENGTH) {",
    replace: "if (ecn === ECN_INVALID) {",
  },
  {
    name: "reassembly-by-id-alone",
    about: "fragments of different protocols with the same identification are mixed (RFC 791 section 2.3)",
    at: REASSEMBLE,
    find: `    ipv4.identification(bytes, header),
    packet.protocol,`,
    replace: `    ipv4.identification(bytes, header),
    0,`,
  },
  {
    name: "reassembly-ecn-lost",
    about: "congestion marks on some fragments are lost (RFC 3168 section 5.3)",
    at: "RFC3168-5.3-reass",
    find: "return (seen & ECN_CE) !== 0 && seen !== ECN_CE ? 3 : 0;",
    replace: "return 0;",
  },
  {
    name: "pmtu-not-lowered",
    about: "fragmentation needed changes nothing (RFC 1191 section 3)",
    at: "RFC1191-3-reduce",
    find: "this.learn(route, locked ? Math.min(old, this.min_pmtu.value) : mtu, locked, expires);",
    replace: "",
  },
  {
    name: "pmtu-raised",
    about: "a message with a larger MTU raises the path MTU (RFC 1191 section 3)",
    at: "RFC1191-3-no-increase",
    find: "if (old < mtu || (route.exception",
    replace: "if ((route.exception",
  },
  {
    name: "pmtu6-below-1280",
    about: "a path MTU below the least that IPv6 has is believed (RFC 8201 section 4)",
    at: "RFC8201-4-below-1280",
    find: "if (mtu < 1280 || mtu >= old) return;",
    replace: "if (mtu >= old) return;",
  },
  {
    name: "udp6-checksum-not-sent",
    about: "datagrams over IPv6 have no checksum (RFC 8200 section 8.1)",
    at: "RFC768-v6-checksum",
    find: "const checksummed = four ? !this.so.no_check_tx : !this.options.no_check6_tx;",
    replace: "const checksummed = four;",
  },
  {
    name: "udp-checksum-zero-sent",
    about: "a checksum that computes to zero is sent as zero, which means none (RFC 768)",
    at: "RFC1122-4.1.3.4-default-on",
    find: "udp.fillChecksum(packet.bytes, at, packet.tail, pseudo);",
    replace: `udp.fillChecksum(packet.bytes, at, packet.tail, pseudo);
      if (udp.checksum(packet.bytes, at) === 0xffff) udp.setChecksum(packet.bytes, at, 0);`,
  },
  {
    name: "udp-checksum-unverified",
    about: "a wrong UDP checksum is not noticed (RFC 1122 section 4.1.3.4)",
    at: "RFC1122-4.1.3.4-cksum",
    find: "return udp.verifyChecksum(bytes, at, tail, pseudoHeaderSum(saddr, daddr, IPPROTO_UDP, tail - at));",
    replace: "return true;",
  },
  {
    name: "udp6-zero-checksum-accepted",
    about: "a datagram over IPv6 without checksum is taken (RFC 8200 section 8.1)",
    at: "RFC768-v6-checksum",
    find: "if (zero && family === 6 && !(sk?.accepts_zero_checksum6 ?? false)) return",
    replace: "if (zero && family === 6 && sk === undefined) return",
  },
  {
    name: "udp-length-unchecked",
    about: "a datagram longer than its packet is taken (RFC 768)",
    at: "RFC768-fields-length-mismatch",
    find: "if (length > packet.length || length < udp.HEADER_LENGTH) return this.count_error(family);",
    replace: "",
  },
  {
    name: "udp-fragments-df",
    about: "a datagram longer than the path MTU is refused with EMSGSIZE by default (udp(7), IP_MTU_DISCOVER)",
    at: "stack/udp/udp_sock.ts",
    find: "const fits = gso_size === 0 ? this.check_size(destination, udp.HEADER_LENGTH + length) : 0;",
    replace: "const fits = udp.HEADER_LENGTH + length + 20 > destination.route.mtu() ? -EMSGSIZE : 0;",
  },
  {
    name: "no-next-header-is-unknown",
    about: "the next header value 59 is taken for a header that nobody knows (RFC 8200 section 4.7)",
    at: "RFC8200-4.7-no-next",
    find: "return mib.inc(Counter.Ip6InDelivers);",
    replace: "break;",
  },
  {
    name: "arp-request-to-itself",
    about: "a request for an address that is not known goes to no broadcast (RFC 826)",
    at: "RFC826-gen-request",
    find: "MacAddress.BROADCAST.bytes",
    replace: "device.address!",
  },
];
