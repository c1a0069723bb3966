/**
 * The script that the page begins with.
 *
 * @module
 */

/** A connection is opened, data comes and goes, and it is closed. */
export const FIRST_SCRIPT = `// title: A connection is opened, used and closed
//
// < is a packet that this script sends to the stack, > one that the
// stack must send. The rest are system calls of a program on the stack.
// Change something, and see what becomes of it.

 0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0

// The three-way handshake
+.1 < S 0:0(0) win 65535 <mss 1460,sackOK,nop,nop,nop,wscale 7>
+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,wscale *>
+.02 < . 1:1(0) ack 1 win 512
+0 accept(3, ..., ...) = 4

// A request, and its answer
+.05 < P. 1:101(100) ack 1 win 512
+0 > . 1:1(0) ack 101
+0 read(4, ..., 1000) = 100
+.01 write(4, ..., 3000) = 3000
+0 > P. 1:3001(3000) ack 101
+.02 < . 101:101(0) ack 3001 win 512
+0 %{ assert tcpi_snd_cwnd >= 10 and tcpi_unacked == 0, tcpi_snd_cwnd }%

// The end
+.1 close(4) = 0
+0 > F. 3001:3001(0) ack 101
+.02 < F. 101:101(0) ack 3002 win 512
+0 > . 3002:3002(0) ack 102
`;
