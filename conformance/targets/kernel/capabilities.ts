/**
 * Capabilities of the calls of one world (`capabilities(7)`).
 *
 * The kernel keeps them per thread, and the thread that makes a world's calls also serves every other world. So
 * `cap_set` is answered here by the kernel's rules, and each later call of the world runs between two `capset` calls:
 * with the world's effective set, then with everything again. Threads made for blocking calls inherit the reduced set.
 *
 * @module
 */

import { CAP_SETPCAP } from "../../../abi/capability_constants.ts";
import { EINVAL, EPERM } from "../../../abi/errno.ts";
import { SystemError } from "../../../host/errno.ts";
import { syscall } from "../../../host/syscall.ts";
import type { SystemCallOutcome, SystemCallRequest } from "../../../abi/system_call.ts";

const LINUX_CAPABILITY_VERSION_3 = 0x20080522;
const LAST_CAPABILITY = 63;

/** `effective`, `permitted`, `inheritable`, as masks. */
type CapabilitySets = [bigint, bigint, bigint];

function header(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint32Array([LINUX_CAPABILITY_VERSION_3, 0]).buffer);
}

function getCapabilities(): CapabilitySets {
  const data = new Uint32Array(6);
  const result = syscall("capget", header(), data);
  if (result < 0) throw new SystemError(-result, "capget");
  const set = (at: number) => BigInt(data[at]!) | BigInt(data[at + 3]!) << 32n;
  return [set(0), set(1), set(2)];
}

function setCapabilities(sets: CapabilitySets): void {
  const data = new Uint32Array(6);
  sets.forEach((mask, at) => {
    data[at] = Number(mask & 0xffffffffn);
    data[at + 3] = Number(mask >> 32n);
  });
  const result = syscall("capset", header(), data);
  if (result < 0) throw new SystemError(-result, "capset");
}

/** The capabilities that the calls of one world have. */
export class WorldCapabilities {
  #sets: CapabilitySets | undefined;
  #thread: CapabilitySets | undefined;

  /** Runs `body` with the world's effective capabilities. */
  run<T>(body: () => T): T {
    if (this.#sets === undefined || this.#thread === undefined) return body();
    const [effective] = this.#sets;
    const [all, permitted, inheritable] = this.#thread;
    if (effective === all) return body();
    setCapabilities([effective & permitted, permitted, inheritable]);
    try {
      return body();
    } finally {
      setCapabilities(this.#thread);
    }
  }

  /** Does what `cap_get_proc`, `cap_set_flag` and `cap_set_proc` do. */
  set(request: Extract<SystemCallRequest, { name: "cap_set" }>): SystemCallOutcome {
    this.#thread ??= getCapabilities();
    const old = this.#sets ??= [...this.#thread];
    const { capability, set, operation } = request;
    if (capability < 0 || capability > LAST_CAPABILITY || set < 0 || set > 2 || operation < 0 || operation > 1) {
      return { result: -1, errno: EINVAL };
    }
    const bit = 1n << BigInt(capability);
    const wanted: CapabilitySets = [...old];
    wanted[set] = operation === 1 ? wanted[set]! | bit : wanted[set]! & ~bit;
    const [effective, permitted, inheritable] = wanted;
    const within = (part: bigint, whole: bigint) => (part & ~whole) === 0n;
    const inheritableOk = within(inheritable, old[2] | old[1]) || (old[0] & 1n << BigInt(CAP_SETPCAP)) !== 0n;
    if (!within(permitted, old[1]) || !within(effective, permitted) || !inheritableOk) {
      return { result: -1, errno: EPERM };
    }
    this.#sets = wanted;
    return { result: 0, errno: 0 };
  }
}
