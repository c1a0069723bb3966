import { assertEquals } from "@std/assert";
import { getInt, getLong } from "../../abi/memory.ts";
import * as C from "../../abi/socket_constants.ts";
import { EAGAIN, ECONNREFUSED, EHOSTUNREACH, ENOMEM, ENOMSG } from "../../abi/errno.ts";
import { ErrorQueue, type ErrorQueueEntry } from "./error_queue.ts";
import { IP_RECVERR, IPV6_RECVERR } from "../../abi/ip_constants.ts";

function make(family = C.AF_INET) {
  const owner = {
    family,
    buffers: { rcvbuf: 10000 },
    sk_err: 0,
    reports: 0,
    error_report() {
      owner.reports++;
    },
  };
  return { owner, queue: new ErrorQueue(owner) };
}

function icmp(errno: number): ErrorQueueEntry {
  return {
    ee_errno: errno,
    ee_origin: C.SO_EE_ORIGIN_ICMP,
    ee_type: 3,
    ee_code: 1,
    ee_info: 0,
    ee_data: 0,
    payload: new Uint8Array(8),
  };
}

Deno.test("error queue: zero-copy completions that continue each other are one", () => {
  const { queue } = make();
  queue.queueZerocopy(0, 0, true);
  queue.queueZerocopy(1, 1, true);
  queue.queueZerocopy(2, 3, true);
  queue.queueZerocopy(4, 4, false);
  assertEquals(queue.length, 2);
  const got = queue.receive(0);
  assertEquals([got.result, got.flags], [0, C.MSG_ERRQUEUE]);
  const { level, type, data } = got.control[0]!;
  assertEquals([level, type, data.length], [C.SOL_IP, IP_RECVERR, 32]);
  assertEquals([...data.slice(0, 8)], [0, 0, 0, 0, C.SO_EE_ORIGIN_ZEROCOPY, 0, C.SO_EE_CODE_ZEROCOPY_COPIED, 0]);
  assertEquals([getInt(data, 8), getInt(data, 12)], [0, 3]);
  assertEquals(getInt(queue.receive(0).control[0]!.data, 12), 4);
  assertEquals(queue.receive(0).result, -EAGAIN);
});

Deno.test("error queue: timestamps come first, a payload that does not fit is cut", () => {
  const { queue } = make(C.AF_INET6);
  queue.queueTimestamp(C.SCM_TSTAMP_ACK, 999, 1_500_000, { payload: new Uint8Array(40) });
  const got = queue.receive(10);
  assertEquals([got.result, got.flags], [10, C.MSG_ERRQUEUE | C.MSG_TRUNC]);
  const [times, error] = got.control;
  assertEquals([times!.type, times!.data.length], [C.SCM_TIMESTAMPING, 48]);
  assertEquals([getLong(times!.data, 0), getLong(times!.data, 8)], [1n, 500_000_000n]);
  assertEquals([error!.level, error!.type, error!.data.length], [C.SOL_IPV6, IPV6_RECVERR, 44]);
  assertEquals([getInt(error!.data), error!.data[4]], [ENOMSG, C.SO_EE_ORIGIN_TIMESTAMPING]);
  assertEquals([getInt(error!.data, 8), getInt(error!.data, 12)], [C.SCM_TSTAMP_ACK, 999]);
});

Deno.test("error queue: the pending error follows the next ICMP error", () => {
  const { owner, queue } = make();
  queue.queue(icmp(EHOSTUNREACH));
  queue.queue(icmp(ECONNREFUSED));
  owner.sk_err = EHOSTUNREACH;
  queue.receive(100);
  assertEquals(owner.sk_err, ECONNREFUSED);
  queue.receive(100);
  assertEquals(owner.sk_err, 0);
});

Deno.test("error queue: bounded by the receive buffer", () => {
  const { queue } = make();
  let count = 0;
  while (queue.queue(icmp(EHOSTUNREACH)) === 0) count++;
  assertEquals(queue.queue(icmp(EHOSTUNREACH)), -ENOMEM);
  assertEquals(count, Math.ceil(10000 / 584) - 1);
  queue.purge();
  assertEquals([queue.length, queue.size, queue.empty], [0, 0, true]);
});
