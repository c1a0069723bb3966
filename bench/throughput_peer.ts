/**
 * A plain sender, reader, sink or source on the kernel's TCP sockets, with blocking calls; for `throughput.ts`.
 *
 *     throughput_peer.ts send|read ADDRESS PORT SECONDS
 *     throughput_peer.ts sink|source ADDRESS PORT
 *
 * @module
 */
import { AF_INET, AF_INET6, MSG_NOSIGNAL, SOCK_STREAM } from "../abi/socket_constants.ts";
import { F_SETFL } from "../abi/file_constants.ts";
import { accept, bind, close, connect, listen, receive, send, socket, syscall } from "../host/mod.ts";
import { monotonic } from "../host/clock.ts";

const [mode, address, port, seconds] = Deno.args;
const buffer = new Uint8Array(262_144);
const endpoint = { address: address!, port: Number(port) };

function blocking(fd: number): number {
  if (fd < 0) throw new Error(`a socket call failed with errno ${-fd}`);
  syscall("fcntl", fd, F_SETFL, 0);
  return fd;
}

function must(result: number, what: string): number {
  if (result < 0) throw new Error(`${what} failed with errno ${-result}`);
  return result;
}

const fd = blocking(socket(endpoint.address.includes(":") ? AF_INET6 : AF_INET, SOCK_STREAM));
if (mode === "sink" || mode === "source") {
  must(bind(fd, endpoint), "bind");
  must(listen(fd, 1), "listen");
  Deno.stdout.writeSync(new TextEncoder().encode("ready\n"));
  const connection = blocking(accept(fd));
  while ((mode === "sink" ? receive(connection, buffer) : send(connection, buffer, MSG_NOSIGNAL)) > 0);
  close(connection);
} else {
  must(connect(fd, endpoint), "connect");
  const began = monotonic();
  const end = began + Number(seconds) * 1e6;
  let bytes = 0;
  let now = began;
  while (now < end) {
    const count = mode === "send" ? send(fd, buffer, MSG_NOSIGNAL) : receive(fd, buffer);
    must(count, mode!);
    if (count === 0) break;
    bytes += count;
    now = monotonic();
  }
  console.log(JSON.stringify({ bytes, seconds: (now - began) / 1e6 }));
}
