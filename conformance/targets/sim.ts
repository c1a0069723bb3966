/**
 * The target "sim": a stack in this process, in virtual time. A script takes as long as its computation, and gives the
 * same octets every time.
 *
 * @module
 */
import { DiskFiles } from "./sim/disk.ts";
import { InProcessTarget, type InProcessTargetOptions } from "./sim/in_process.ts";

/** How a {@link SimTarget} differs from the usual one. */
export type SimTargetOptions = InProcessTargetOptions;

/** Runs scripts on a stack in this process, whose worlds see the files of this machine. */
export class SimTarget extends InProcessTarget {
  /** A target that makes worlds as `options` say. */
  constructor(options: SimTargetOptions = {}) {
    super(new DiskFiles(), options);
  }
}
