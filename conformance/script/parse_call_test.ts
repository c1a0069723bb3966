import { assert, assertEquals } from "@std/assert";
import { assertProblems, parseCall } from "./test_support.ts";
import { unescapeString } from "./parse_expression.ts";
import type { Expression } from "./syntax.ts";

const NPLAB = { dialect: "nplab" } as const;

function argument(text: string, options = {}): Expression {
  const [first] = parseCall(`f(${text}) = 0`, options).args;
  assert(first !== undefined);
  return first;
}

const KINDS: readonly (readonly [text: string, kind: Expression["kind"]])[] = [
  ["...", "ellipsis"],
  ["-5", "integer"],
  ["0x1f", "integer"],
  ['inet_addr("1.2.3.4")', "integer"],
  ["SOL_SOCKET", "word"],
  ['"a" "b"', "string"],
  ['"a"...', "string"],
  ["A|B|0x1", "binary_expression"],
  ["[]", "list"],
  ["[1, [2], ...]", "list"],
  ["{TCP_NLA_BUSY=1, TCP_NLA_SRTT=...}", "list"],
  ['inet6_addr("::1")', "in6_addr"],
  ['{sa_family = AF_INET, sin_port = htons(80), sin_addr = inet_addr("1.2.3.4")}', "sockaddr_in"],
  ["{..., 10}", "iovec"],
  ["{msg_name(...)=..., msg_iov(1)=[{...,5}], msg_flags=0}", "msghdr"],
  ["{msg_name(...)=..., msg_iov(1)=[{...,5}], msg_flags=0, msg_control=[]}", "msghdr"],
  ["{cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data=5}", "cmsg"],
  ["{fd=3, events=POLLIN}", "pollfd"],
  ["{fd=3, events=POLLIN, revents=POLLIN|POLLOUT}", "pollfd"],
  ["{events=EPOLLIN, fd=3}", "epollev"],
  ["{events=0, u64=0xffffffffffffffff}", "epollev"],
  ["{onoff=1, linger=5}", "linger"],
  ["{scm_sec=0, scm_nsec=5}", "scm_timestamping"],
  ["{ee_errno=0, ee_origin=1, ee_type=2, ee_code=3, ee_info=4, ee_data=5}", "sock_extended_err"],
  ["{}", "mpls_stack"],
  ["{(label 1, tc 2, ttl 3) (label 4, tc 5, [S], ttl 6)}", "mpls_stack"],
  ["{flags [none], sum 0, off 0, key 0, seq 0}", "gre"],
];

for (const [text, kind] of KINDS) Deno.test(`expression ${text}`, () => assertEquals(argument(text).kind, kind));

Deno.test("numbers are exact to 64 bits", () => {
  const value = argument("{events=0, u64=0xfedcba9876543210}");
  assert(value.kind === "epollev" && value.data.kind === "integer");
  assertEquals(value.data.bits, 0xfedcba9876543210n);
});

Deno.test("words carry the number of a known symbol", () => {
  const known = argument("SO_REUSEADDR");
  const unknown = argument("SO_NONSENSE");
  assert(known.kind === "word" && unknown.kind === "word");
  assertEquals([known.value, unknown.value], [2, undefined]);
});

Deno.test("inet_addr is the address as a little-endian machine holds it", () => {
  const value = argument('inet_addr("1.2.3.4")');
  assert(value.kind === "integer");
  assertEquals(value.value, 0x04030201);
});

Deno.test("results, errnos, notes", () => {
  const plain = parseCall("close(3) = 0");
  assertEquals([plain.result.kind, plain.errno, plain.note], ["integer", undefined, undefined]);
  const failed = parseCall("read(3, ..., 10) = -1 EAGAIN (Resource temporarily unavailable)");
  assertEquals([failed.errno?.name, failed.errno?.value, failed.note], [
    "EAGAIN",
    11,
    "Resource temporarily unavailable",
  ]);
  assertEquals(parseCall("fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)").note, "flags O_RDWR");
  assertEquals(parseCall("f() = -1 ENONSENSE (x)").errno?.value, undefined);
});

Deno.test("escapes of strings, with packetdrill's quirks", () => {
  const bytes = (raw: string) => Array.from(unescapeString(raw).bytes ?? []);
  assertEquals(bytes("a\\n\\t\\x00\\xFf"), [97, 10, 9, 0, 255]);
  assertEquals(bytes('\\\\\\"'), [12, 12]);
  assertEquals(unescapeString("\\0").problem, "unsupported escape code: '0'");
  assertEquals(unescapeString("\\xg1").problem, "invalid hex escape (\\xhh): '\\xg1'");
});

Deno.test("nplab: flags is a name, control comes before flags", () => {
  const value = argument("{msg_name(...)=..., msg_iov(1)=[{...,5}], msg_control(0)=[], msg_flags=0}", NPLAB);
  assert(value.kind === "msghdr");
  assertEquals(value.control?.elements.length, 0);
  assertEquals(argument('{function_set_name="rack", pcbcnt=0}', NPLAB).kind, "tcp_function_set");
});

const REFUSED: readonly (readonly [text: string, problem: string])[] = [
  ["close(3)", "2:1: syntax error at the end of the script"],
  ["close 3 = 0", "1:10: syntax error at '3'"],
  ["read(3, ..., 10) = -1 EAGAIN", "2:1: syntax error at the end of the script"],
  ["read(3, ..., 10) = -1 EAGAIN (Bad id)", "1:38: syntax error at 'id'"],
  ["read(3, ..., 10) = -1 EAGAIN (a 5)", "1:36: syntax error at '5'"],
  ["read(3, ..., 10) = -1 EAGAIN ()", "1:34: syntax error at ')'"],
  ["f(1,) = 0", "1:8: syntax error at ')'"],
  ["f({fd=1}) = 0", "1:11: syntax error at '}'"],
  ["f({fd=1, revents=2}) = 0", "1:13: syntax error at 'revents'"],
  ['f(inet6_addr("1:2")) = 0', '1:17: bad IPv6 address: "1:2"'],
  ["f(99999999999999999999) = 0", "1:6: number out of range: 99999999999999999999"],
];

for (const [text, problem] of REFUSED) {
  Deno.test(`refused: ${text}`, () => assertProblems(`+0 ${text}\n`, [problem]));
}
