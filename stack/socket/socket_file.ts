/**
 * A socket behind a descriptor.
 *
 * @module
 */
import type { Sock } from "../inet/sock.ts";
import type { WaitQueue } from "../inet/wait_queue.ts";
import { O_NONBLOCK, O_RDWR } from "../../abi/file_constants.ts";
import { File, type ReadResult } from "./file.ts";

/** A {@link File} over a {@link Sock}. */
export class SocketFile extends File {
  override readonly wait: WaitQueue;

  /** The file of `sock`. */
  constructor(readonly sock: Sock, nonblocking: boolean) {
    super(O_RDWR | (nonblocking ? O_NONBLOCK : 0));
    this.wait = sock.wait;
  }

  override poll(): number {
    return this.sock.poll();
  }

  override read(length: number): ReadResult {
    return this.sock.recvmsg({ length, flags: 0 });
  }

  override write(data: Uint8Array): number {
    return this.sock.sendmsg({ data, flags: 0 });
  }

  override ioctl(command: number): { readonly value: number } | number {
    return this.sock.ioctl(command);
  }

  protected override release(): void {
    this.sock.close();
  }
}
