/**
 * epoll(7): level- and edge-triggered, one-shot, exclusive.
 *
 * @module
 */
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLWAKEUP,
  O_RDWR,
  POLLIN,
  POLLRDNORM,
} from "../../abi/file_constants.ts";
import { EBADF, EEXIST, EFAULT, EINVAL, ELOOP, ENOENT, ENOSPC, EPERM } from "../../abi/errno.ts";
import { File, NOTHING, type ReadResult } from "./file.ts";
import type { EpollEvent } from "../../abi/system_call.ts";

/** Most events that one `epoll_wait` may be asked for. */
export const EP_MAX_EVENTS = Math.floor(0x7fffffff / 12);
/** Most descriptors in one epoll (`/proc/sys/fs/epoll/max_user_watches` bounds it on Linux). */
const MAX_WATCHES = 65536;
const MAX_NESTS = 5;
const PRIVATE_BITS = (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE) >>> 0;
const EXCLUSIVE_OK = (EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE) >>> 0;

/** One watched descriptor (`struct epitem`). */
interface Item {
  readonly file: File;
  events: number;
  data: bigint;
  forget: () => void;
}

/** An epoll instance behind a descriptor. */
export class EpollFile extends File {
  private readonly items = new Map<File, Map<number, Item>>();
  private count = 0;
  /** Items that may be ready, in the order they became so (`rdllist`). */
  private readonly ready = new Set<Item>();

  /** An instance that watches nothing. */
  constructor() {
    super(O_RDWR);
  }

  /** `epoll_ctl`: 0 or `-errno`. `fd` tells descriptors of one file apart. */
  control(operation: number, fd: number, file: File | undefined, event: EpollEvent | null): number {
    const needsEvent = operation !== EPOLL_CTL_DEL;
    if (needsEvent && event === null) return -EFAULT;
    if (file === undefined) return -EBADF;
    if (!file.pollable) return -EPERM;
    if (file === this) return -EINVAL;
    const wanted = ((event?.events ?? 0) & ~EPOLLWAKEUP) >>> 0;
    if (needsEvent && (wanted & EPOLLEXCLUSIVE) !== 0) {
      if (operation === EPOLL_CTL_MOD) return -EINVAL;
      if (file instanceof EpollFile || (wanted & ~EXCLUSIVE_OK) !== 0) return -EINVAL;
    }
    const item = this.items.get(file)?.get(fd);
    switch (operation) {
      case EPOLL_CTL_ADD:
        if (file instanceof EpollFile && (file.watches(this) || file.depth() >= MAX_NESTS)) return -ELOOP;
        if (item !== undefined) return -EEXIST;
        if (this.count >= MAX_WATCHES) return -ENOSPC;
        this.insert(fd, file, wanted, event!.data);
        return 0;
      case EPOLL_CTL_DEL:
        if (item === undefined) return -ENOENT;
        item.forget();
        return 0;
      case EPOLL_CTL_MOD:
        if (item === undefined) return -ENOENT;
        if ((item.events & EPOLLEXCLUSIVE) !== 0) return -EINVAL;
        item.events = (wanted | EPOLLERR | EPOLLHUP) >>> 0;
        item.data = event!.data;
        this.check(item);
        return 0;
      default:
        return -EINVAL;
    }
  }

  /** Events that are there now, at most `most`. Level-triggered ones stay, edge-triggered ones go, one-shot ones are disabled. */
  collect(most: number): EpollEvent[] {
    const found: EpollEvent[] = [];
    const again: Item[] = [];
    for (const item of [...this.ready]) {
      if (found.length >= most) break;
      this.ready.delete(item);
      const events = revents(item);
      if (events === 0) continue;
      found.push({ events, data: item.data });
      if ((item.events & EPOLLONESHOT) !== 0) item.events = (item.events & PRIVATE_BITS) >>> 0;
      else if ((item.events & EPOLLET) === 0) again.push(item);
    }
    for (const item of again) this.ready.add(item);
    return found;
  }

  override poll(): number {
    for (const item of this.ready) if (revents(item) !== 0) return POLLIN | POLLRDNORM;
    return 0;
  }

  override read(): ReadResult {
    return { result: -EINVAL, data: NOTHING };
  }

  override write(): number {
    return -EINVAL;
  }

  override ioctl(): number {
    return -EINVAL;
  }

  protected override release(): void {
    for (const byFd of [...this.items.values()]) for (const item of [...byFd.values()]) item.forget();
  }

  private insert(fd: number, file: File, events: number, data: bigint): void {
    const stopWaiting = file.wait.add((key) => this.wakened(item, key));
    const stopRelease = file.beforeRelease(() => item.forget());
    const item: Item = {
      file,
      events: (events | EPOLLERR | EPOLLHUP) >>> 0,
      data,
      forget: () => {
        stopWaiting();
        stopRelease();
        this.ready.delete(item);
        const byFd = this.items.get(file);
        if (byFd?.delete(fd)) this.count--;
        if (byFd?.size === 0) this.items.delete(file);
      },
    };
    const byFd = this.items.get(file) ?? new Map<number, Item>();
    byFd.set(fd, item);
    this.items.set(file, byFd);
    this.count++;
    this.check(item);
  }

  /** As `ep_poll_callback`: disabled items and events not asked for are passed over. */
  private wakened(item: Item, key: number): void {
    if ((item.events & ~PRIVATE_BITS) === 0) return;
    if (key !== 0 && (key & item.events) === 0) return;
    this.ready.add(item);
    this.wait.wake(POLLIN | POLLRDNORM);
  }

  private check(item: Item): void {
    if (revents(item) === 0) return;
    this.ready.add(item);
    this.wait.wake(POLLIN | POLLRDNORM);
  }

  private watches(other: EpollFile): boolean {
    for (const file of this.items.keys()) {
      if (file === other) return true;
      if (file instanceof EpollFile && file.watches(other)) return true;
    }
    return false;
  }

  private depth(): number {
    let deepest = 0;
    for (const file of this.items.keys()) if (file instanceof EpollFile) deepest = Math.max(deepest, file.depth());
    return deepest + 1;
  }
}

function revents(item: Item): number {
  return (item.file.poll() & item.events & ~PRIVATE_BITS) >>> 0;
}
