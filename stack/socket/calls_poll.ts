/**
 * poll and epoll.
 *
 * @module
 */
import { EPOLL_CTL_DEL, POLLERR, POLLHUP, POLLNVAL } from "../../abi/file_constants.ts";
import { EBADF, EFAULT, EINVAL, EPERM } from "../../abi/errno.ts";
import type { Request } from "./calls_socket.ts";
import { EP_MAX_EVENTS, EpollFile } from "./epoll.ts";
import type { File } from "./file.ts";
import { outcome } from "./pending.ts";
import type { Process } from "./process.ts";
import type { EpollEvent, PendingCall } from "../../abi/system_call.ts";

function timeout(timeout_ms: number): number | undefined {
  return timeout_ms < 0 ? undefined : timeout_ms * 1000;
}

export function poll(process: Process, request: Request<"poll">): PendingCall {
  if (request.fds.length > process.fds.limit) return process.done(-EINVAL);
  const watched = request.fds.map(({ fd }) => fd < 0 ? undefined : process.fds.get(fd));
  const files = [...new Set(watched.filter((file): file is File => file !== undefined))];
  const none = request.fds.map(() => 0);
  return process.start(files, {
    attempt: () => {
      const revents = request.fds.map(({ fd, events }, i) => {
        if (fd < 0) return 0;
        const file = watched[i];
        return file === undefined ? POLLNVAL : file.poll() & (events | POLLERR | POLLHUP);
      });
      const count = revents.filter((events) => events !== 0).length;
      if (count > 0) return outcome(count, { revents });
      return { on: files.map((file) => file.wait) };
    },
    timeout_us: timeout(request.timeout_ms),
    timedOut: () => outcome(0, { revents: none }),
    interrupted: (errno) => outcome(-errno, { revents: none }),
  });
}

export function epoll_create(process: Process, request: Request<"epoll_create">): PendingCall {
  if (request.size <= 0) return process.done(-EINVAL);
  const file = new EpollFile();
  const fd = process.fds.install(file);
  if (fd < 0) file.put();
  return process.done(fd);
}

export function epoll_ctl(process: Process, request: Request<"epoll_ctl">): PendingCall {
  if (request.event === null && request.operation !== EPOLL_CTL_DEL) return process.done(-EFAULT);
  const epoll = process.file(request.epfd);
  if (typeof epoll === "number") return process.done(epoll);
  const file = process.fds.get(request.fd);
  if (file === undefined) return process.done(-EBADF);
  if (!file.pollable) return process.done(-EPERM);
  if (!(epoll instanceof EpollFile)) return process.done(-EINVAL);
  return process.done(epoll.control(request.operation, request.fd, file, request.event));
}

export function epoll_wait(process: Process, request: Request<"epoll_wait">): PendingCall {
  const epoll = process.file(request.epfd);
  if (typeof epoll === "number") return process.done(epoll);
  if (request.max_events <= 0 || request.max_events > EP_MAX_EVENTS) return process.done(-EINVAL);
  if (!(epoll instanceof EpollFile)) return process.done(-EINVAL);
  const none: EpollEvent[] = [];
  return process.start([epoll], {
    attempt: () => {
      const events = epoll.collect(request.max_events);
      return events.length > 0 ? outcome(events.length, { events }) : { on: [epoll.wait] };
    },
    timeout_us: timeout(request.timeout_ms),
    timedOut: () => outcome(0, { events: none }),
  });
}
