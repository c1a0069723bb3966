/**
 * Faults that have no place in the sources yet: `deno task mutate` names them and does not pass.
 *
 * @module
 */
import type { Fault } from "./fault.ts";

/** What is still to be written as a change of the sources. */
export const FAULTS_TO_COME: readonly Pick<Fault, "name" | "about">[] = [
  {
    name: "icmp-sequence-unchecked",
    about: "an error about a sequence number never sent is believed (RFC 5927 section 4.1)",
  },
  {
    name: "icmp-soft-error-fatal",
    about: "an unreachable network ends an established connection (RFC 1122 section 4.2.3.9)",
  },
  { name: "pmtu-tcp-not-resent", about: "what was too large for the path waits for the timer (RFC 1191 section 6.4)" },
  { name: "source-quench-heeded", about: "a source quench reaches the program as an error (RFC 6633 section 3)" },
  { name: "tcp-checksum-unverified", about: "a wrong TCP checksum is not noticed (RFC 9293 MUST-3)" },
  {
    name: "mss-not-clamped",
    about: "segments are as long as the path allows, whatever the peer's MSS is (RFC 9293 MUST-16)",
  },
  {
    name: "mss-default-passive-v6",
    about: "without MSS option a peer over IPv6 gets segments of 536 octets (RFC 9293 MUST-15)",
  },
  {
    name: "mss-options-not-subtracted",
    about: "timestamps make full segments longer than the MSS allows (RFC 6691 section 2)",
  },
  {
    name: "mss-v6-header-20",
    about: "over IPv6 the MSS is computed with IPv4's header length (RFC 9293 section 3.7.1)",
  },
  { name: "mss-maxseg-ignored", about: "TCP_MAXSEG set before connecting does not lower what is advertised (tcp(7))" },
  { name: "mss-half-window-ignored", about: "a segment may fill the peer's whole window (RFC 9293 section 3.8.6.2.1)" },
  { name: "timestamps-unasked", about: "SYN+ACK has timestamps though the SYN has none (RFC 7323 section 3.2)" },
  { name: "sack-unasked", about: "SYN+ACK permits SACK though the SYN does not (RFC 2018 section 2)" },
  { name: "wscale-unasked", about: "SYN+ACK has window scale though the SYN has none (RFC 7323 section 2.2)" },
  { name: "wscale-syn-scaled", about: "the window of a SYN is scaled (RFC 7323 section 2.2)" },
  { name: "syn-not-retransmitted", about: "a lost SYN is not sent again (RFC 9293 section 3.8.1)" },
  { name: "syn-ack-not-retransmitted", about: "a lost SYN+ACK is not sent again (RFC 9293 section 3.8.1)" },
  {
    name: "simultaneous-open-no-ack",
    about: "crossing SYNs are answered with a SYN instead of SYN+ACK (RFC 9293 MUST-10, figure 7)",
  },
  {
    name: "syn-sent-old-ack",
    about: "in SYN-SENT an ACK of nothing we sent is taken (RFC 9293 section 3.10.7.3, first check)",
  },
  {
    name: "syn-sent-rst-without-ack",
    about: "in SYN-SENT a RST without ACK ends the attempt (RFC 9293 section 3.10.7.3, second check)",
  },
  {
    name: "listen-ack-ignored",
    about: "an ACK for a listener is not answered with a RST (RFC 9293 section 3.10.7.2, second check)",
  },
  {
    name: "syn-received-rst-ignored",
    about: "a RST in SYN-RECEIVED leaves the half-open connection (RFC 9293 section 3.10.7.4, second check)",
  },
  {
    name: "syn-received-bad-ack",
    about: "in SYN-RECEIVED any ACK completes the handshake (RFC 9293 section 3.10.7.4, fifth check)",
  },
  { name: "rst-about-rst", about: "a RST for no connection is answered with a RST (RFC 9293 section 3.5.2)" },
  {
    name: "rst-sequence-zero",
    about: "a RST does not take its number from the ACK it answers (RFC 9293 section 3.5.2)",
  },
  { name: "rst-in-window-accepted", about: "a RST anywhere in the window ends the connection (RFC 5961 section 3.2)" },
  {
    name: "rst-outside-window-accepted",
    about: "a RST outside the window ends the connection (RFC 9293 section 3.5.3)",
  },
  {
    name: "rst-exact-ignored",
    about: "a RST with exactly the expected number is only challenged (RFC 5961 section 3.2)",
  },
  {
    name: "syn-in-window-resets",
    about: "a SYN in the window ends the connection, as in RFC 793 (RFC 5961 section 4.2)",
  },
  {
    name: "challenge-acks-unlimited",
    about: "challenge ACKs are sent as often as they are provoked (RFC 5961 section 7)",
  },
  {
    name: "refused-is-reset",
    about: "a refused connection fails with ECONNRESET instead of ECONNREFUSED (connect(2))",
  },
  { name: "close-unread-fin", about: "closing with unread data sends a FIN instead of a RST (RFC 2525 section 2.17)" },
  { name: "linger-zero-fin", about: "SO_LINGER with time 0 closes with a FIN instead of a RST (socket(7))" },
  {
    name: "data-after-close-silent",
    about: "data for a program that is gone is dropped without a RST (RFC 1122 section 4.2.2.13)",
  },
  { name: "fin-not-retransmitted", about: "a lost FIN is not sent again (RFC 9293 section 3.8.1)" },
  {
    name: "fin-out-of-order-taken",
    about: "a FIN behind a gap closes the connection at once (RFC 9293 section 3.10.7.4, eighth check)",
  },
  {
    name: "simultaneous-close-confused",
    about: "a FIN in FIN-WAIT-1 leads to CLOSE-WAIT instead of CLOSING (RFC 9293 section 3.6, figure 13)",
  },
  { name: "time-wait-skipped", about: "the connection is forgotten at the last FIN (RFC 9293 section 3.6.1)" },
  {
    name: "time-wait-silent",
    about: "a repeated FIN in TIME-WAIT is not acknowledged (RFC 9293 section 3.10.7.4, eighth check)",
  },
  {
    name: "time-wait-no-reopen",
    about: "a new SYN does not open the connection again from TIME-WAIT (RFC 6191 section 2)",
  },
  { name: "fin-wait-2-endless", about: "an orphan in FIN-WAIT-2 waits for ever (tcp_fin_timeout)" },
  { name: "rto-not-restarted", about: "the timer is not started again after a retransmission (RFC 6298 section 5.6)" },
  { name: "rto-no-backoff", about: "the RTO is not doubled (RFC 6298 section 5.5)" },
  {
    name: "rto-ack-does-not-stop",
    about: "the timer runs on after everything was acknowledged (RFC 6298 section 5.2)",
  },
  { name: "rto-minimum-zero", about: "the RTO may be as short as the RTT (RFC 6298 section 2.4)" },
  { name: "karn-ignored", about: "RTTs are measured on retransmitted segments (RFC 6298 section 3)" },
  { name: "retries-endless", about: "a connection whose peer never answers is never given up (RFC 9293 MUST-20)" },
  { name: "user-timeout-ignored", about: "TCP_USER_TIMEOUT has no effect (RFC 5482)" },
  {
    name: "zero-window-probe-lost",
    about: "a closed window is not probed, and the connection hangs (RFC 9293 MUST-36)",
  },
  {
    name: "zero-window-probe-no-backoff",
    about: "probes of a closed window go out at a fixed pace (RFC 9293 SHLD-30)",
  },
  {
    name: "zero-window-probe-new-data",
    about: "a probe has the next sequence number, so the peer need not answer (RFC 9293 section 3.8.6.1)",
  },
  { name: "keepalive-deaf", about: "keep-alive goes on though the peer does not answer (RFC 9293 MUST-26)" },
  {
    name: "keepalive-not-inherited",
    about: "SO_KEEPALIVE of a listener does not hold for its connections (socket(7), RFC 9293 MUST-24)",
  },
  { name: "delayed-ack-never", about: "every segment is acknowledged at once (RFC 9293 SHLD-18)" },
  { name: "delayed-ack-lost", about: "a delayed ACK is never sent (RFC 9293 MUST-40)" },
  { name: "delayed-ack-half-second", about: "an ACK is delayed for more than 0.5 seconds (RFC 9293 MUST-40)" },
  { name: "ack-every-fourth", about: "only every fourth full segment is acknowledged (RFC 9293 SHLD-19)" },
  { name: "gap-filled-delayed", about: "the ACK of a filled gap is delayed (RFC 5681 section 4.2)" },
  {
    name: "duplicate-not-acknowledged",
    about: "old data is dropped without an ACK (RFC 9293 section 3.10.7.4, first check)",
  },
  { name: "outside-window-taken", about: "data beyond the window is taken (RFC 9293 section 3.4)" },
  { name: "out-of-order-dropped", about: "data behind a gap is thrown away (RFC 9293 SHLD-31)" },
  { name: "ack-of-unsent-taken", about: "an ACK of data never sent is taken (RFC 9293 section 3.10.7.4, fifth check)" },
  { name: "ack-too-old-silent", about: "an ACK older than any window is not challenged (RFC 5961 section 5.2)" },
  { name: "window-update-old", about: "an old segment changes the send window (RFC 9293 section 3.10.7.4, SND.WL1)" },
  { name: "window-not-respected", about: "more is sent than the peer's window allows (RFC 9293 section 3.8.6)" },
  { name: "window-taken-back", about: "the right edge of the window moves left (RFC 9293 SHLD-14)" },
  { name: "wscale-sent-off-by-one", about: "our windows are shifted one bit too far (RFC 7323 section 2.2)" },
  { name: "wscale-received-unscaled", about: "the peer's windows are not scaled (RFC 7323 section 2.3)" },
  { name: "silly-window-offered", about: "the window is opened by a few octets at a time (RFC 9293 MUST-39)" },
  { name: "nagle-ignored", about: "small segments go out though others are unacknowledged (RFC 9293 SHLD-7)" },
  { name: "nodelay-ignored", about: "TCP_NODELAY does not switch Nagle's algorithm off (RFC 9293 MUST-17)" },
  { name: "push-missing", about: "the last segment of what was written has no PSH (RFC 9293 MUST-60)" },
  { name: "urgent-pointer-off-by-one", about: "the urgent pointer is sent one octet short (RFC 6093 section 3.1)" },
  {
    name: "urgent-octet-off-by-one",
    about: "the octet after the urgent one is read out of band (RFC 6093 section 3.1)",
  },
  { name: "urgent-in-stream", about: "the urgent octet is also part of the stream (tcp(7), SO_OOBINLINE)" },
  { name: "sack-oldest-first", about: "the newest SACK block is not the first (RFC 2018 section 4)" },
  { name: "sack-not-sent", about: "duplicate ACKs have no SACK blocks (RFC 2018 section 3)" },
  {
    name: "sack-without-permission",
    about: "SACK blocks are sent though the peer did not permit them (RFC 2018 section 2)",
  },
  {
    name: "sack-too-many",
    about: "four SACK blocks are sent beside timestamps, which do not fit (RFC 2018 section 3)",
  },
  { name: "dsack-not-sent", about: "duplicates are not reported (RFC 2883 section 4)" },
  { name: "timestamp-echo-newest", about: "the timestamp of a segment out of order is echoed (RFC 7323 section 4.3)" },
  { name: "timestamp-echo-frozen", about: "the echo stays that of the handshake (RFC 7323 section 4.3)" },
  { name: "paws-off", about: "segments with old timestamps are taken (RFC 7323 section 5.3)" },
  { name: "paws-unsigned", about: "timestamps are compared without regard to wrapping (RFC 7323 section 5.2)" },
  {
    name: "sequence-unsigned",
    about: "sequence numbers are compared without regard to wrapping (RFC 9293 section 3.4)",
  },
  { name: "fast-retransmit-never", about: "duplicate ACKs do not lead to a retransmission (RFC 5681 section 3.2)" },
  {
    name: "fast-retransmit-at-first",
    about: "the first duplicate ACK leads to a retransmission (RFC 5681 section 3.2)",
  },
  { name: "sack-received-ignored", about: "what the peer reports by SACK is not recorded (RFC 2018 section 5)" },
  {
    name: "retransmit-whole-window",
    about: "after a timeout everything goes out again at once (RFC 5681 section 3.1, loss window)",
  },
  { name: "cwnd-ignored", about: "the congestion window does not limit what is sent (RFC 5681 section 3.1)" },
  { name: "slow-start-absent", about: "the congestion window does not grow in slow start (RFC 5681 section 3.1)" },
  {
    name: "ssthresh-not-lowered",
    about: "a loss does not lower the slow start threshold (RFC 5681 section 3.1, equation 4)",
  },
  {
    name: "idle-not-restarted",
    about: "after a pause the old congestion window is used at once (RFC 5681 section 4.1)",
  },
  {
    name: "retransmission-renumbered",
    about: "a retransmission starts where sending left off instead of at the loss (RFC 9293 section 3.8.1)",
  },
  { name: "ecn-echo-endless", about: "ECE goes on after CWR (RFC 3168 section 6.1.3)" },
  { name: "ecn-echo-ignored", about: "ECE does not reduce the congestion window (RFC 3168 section 6.1.2)" },
  { name: "ecn-unasked", about: "segments are ECN-capable though the peer did not agree (RFC 3168 section 6.1.1)" },
];
