#!/usr/bin/env python3
"""Records what Linux returns for random sequences of socket calls, for linux_recordings_test.ts.

Run as root in a network namespace of its own: unshare -n python3 record.py
Each line of bind.jsonl, udp.jsonl and epoll.jsonl is one sequence; every call ends with its result or -errno.
"""
import array
import ctypes
import fcntl
import json
import os
import random
import select
import socket
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
LIBC = ctypes.CDLL(None, use_errno=True)
PORTS = [20000, 20001, 20002]


def write(name, sequences):
    with open(os.path.join(HERE, name + ".jsonl"), "w") as out:
        for sequence in sequences:
            out.write(json.dumps(sequence, separators=(",", ":")) + "\n")


def attempt(call):
    try:
        return call()
    except OSError as error:
        return -error.errno


def family(version):
    return socket.AF_INET if version == 4 else socket.AF_INET6


def record_bind(count):
    v4 = ["0.0.0.0", "127.0.0.1", "10.9.9.1", "127.0.0.5"]
    v6 = ["::", "::1", "fd00::1", "::ffff:0.0.0.0", "::ffff:127.0.0.1", "::ffff:10.9.9.1"]
    sequences = []
    for _ in range(count):
        proto = random.choice(["tcp", "udp"])
        steps, sockets = [], []
        for _ in range(random.randint(2, 5)):
            version = random.choice([4, 6])
            sock = socket.socket(family(version), socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM)
            sockets.append(sock)
            reuseaddr, reuseport = random.choice([0, 0, 1]), random.choice([0, 0, 1])
            v6only = random.choice([0, 0, 1]) if version == 6 else 0
            if reuseaddr:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if reuseport:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if v6only:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            address, port = random.choice(v4 if version == 4 else v6), random.choice(PORTS[:2])
            bound = attempt(lambda: sock.bind((address, port)) or 0)
            listening = None
            if proto == "tcp" and bound == 0 and random.random() < 0.5:
                listening = attempt(lambda: sock.listen(1) or 0)
            steps.append([version, reuseaddr, reuseport, v6only, address, port, bound, listening])
        for sock in sockets:
            sock.close()
        sequences.append([proto, steps])
    write("bind", sequences)


def named(address):
    if not isinstance(address, tuple):
        return address
    return [address[0], address[1] if address[1] == 0 or address[1] in PORTS else "eph"]


def error_queue(sock):
    data, control, flags, source = sock.recvmsg(100, 200, 0x2000)
    level, kind, value = control[0]
    error = list(struct.unpack("=IBBBBII", value[:16]))
    return [len(data), flags, named(source) if source else None, [level, kind, len(value)], error, value[16:24].hex()]


def udp_call(sock, version, operation, argument):
    if operation == "bind":
        return sock.bind(tuple(argument)) or 0
    if operation == "connect":
        return sock.connect(tuple(argument)) or 0
    if operation == "disconnect":
        return -ctypes.get_errno() if LIBC.connect(sock.fileno(), bytes(128), 128) < 0 else 0
    if operation == "sendto":
        return sock.sendto(b"abc", tuple(argument))
    if operation == "send":
        return sock.send(b"hello")
    if operation == "sendbig":
        return sock.send(bytes(70000))
    if operation == "sendmore":
        return sock.send(b"xy", socket.MSG_MORE)
    if operation in ("recv", "peek"):
        data, source = sock.recvfrom(100) if operation == "recv" else sock.recvfrom(2, socket.MSG_PEEK)
        return [len(data), named(source)]
    if operation == "trunc":
        data, _, flags, source = sock.recvmsg(2, 0, 0)
        return [len(data), flags, named(source)]
    if operation == "shutdown":
        return sock.shutdown(argument) or 0
    if operation == "name":
        return named(sock.getsockname())
    if operation == "peer":
        return named(sock.getpeername())
    if operation == "poll":
        poll = select.poll()
        poll.register(sock, 0x2FFF)
        events = poll.poll(0)
        return events[0][1] if events else 0
    if operation == "err":
        return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if operation == "recverr":
        sock.setsockopt(0, 11, argument)
        if version == 6:
            sock.setsockopt(41, 25, argument)
        return 0
    if operation == "errq":
        return error_queue(sock)
    value = array.array("i", [0])
    fcntl.ioctl(sock, 0x541B, value)
    return value[0]


def record_udp(count):
    operations = ["bind", "bind", "connect", "connect", "disconnect", "sendto", "sendto", "sendto", "send", "send"]
    operations += ["recv", "recv", "recv", "peek", "trunc", "shutdown", "name", "peer", "poll", "poll", "err"]
    operations += ["recverr", "errq", "fion", "sendbig", "sendmore"]
    v4, v6 = ["127.0.0.1", "0.0.0.0"], ["::1", "::", "::ffff:127.0.0.1", "::ffff:0.0.0.0"]
    sequences = []
    for _ in range(count):
        versions = [random.choice([4, 6]) for _ in range(3)]
        sockets = [socket.socket(family(v), socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) for v in versions]
        steps = []
        for _ in range(25):
            at, operation, argument = random.randrange(3), random.choice(operations), 0
            if operation in ("bind", "connect", "sendto"):
                ports = PORTS + ([0] if random.random() < 0.05 else [])
                argument = [random.choice(v4 if versions[at] == 4 else v6), random.choice(ports)]
            elif operation == "shutdown":
                argument = random.choice([0, 1, 1, 1, 2])
            elif operation == "recverr":
                argument = random.choice([0, 1])
            result = attempt(lambda: udp_call(sockets[at], versions[at], operation, argument))
            steps.append([operation, at, argument, result])
        for sock in sockets:
            sock.close()
        sequences.append([versions, steps])
    write("udp", sequences)


def epoll_call(sockets, pipe, fds, epolls, operation, which, target, events, size):
    if operation == "send":
        return sockets[which].send(b"x")
    if operation == "recv":
        return len(sockets[which].recv(10))
    if operation == "shut":
        return sockets[which].shutdown(socket.SHUT_WR) or 0
    if operation == "pw":
        return os.write(pipe[1], b"x" * size)
    if operation == "pr":
        return len(os.read(pipe[0], size))
    if operation == "add":
        return epolls[which].register(fds[target], events) or 0
    if operation == "mod":
        return epolls[which].modify(fds[target], events) or 0
    if operation == "del":
        return epolls[which].unregister(fds[target]) or 0
    if operation == "wait":
        return [[fds.index(fd), found & 0xFFFFFFFF] for fd, found in epolls[which].poll(0, size)]
    poll = select.poll()
    poll.register(fds[target], 0x2FFF)
    found = poll.poll(0)
    return found[0][1] if found else 0


def record_epoll(count):
    operations = ["send", "send", "recv", "add", "add", "mod", "del", "wait", "wait", "wait", "wait", "pw", "pr", "poll"]
    edge, oneshot, exclusive = 0x80000000, 0x40000000, 0x10000000
    masks = [1, 4, 5, 1 | edge, 4 | edge, 5 | edge, 1 | oneshot, 5 | oneshot, 5 | edge | oneshot, 0x2001, 0]
    masks += [1 | exclusive, 5 | edge | exclusive, 0xFFFF]
    sequences = []
    for _ in range(count):
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) for _ in range(2)]
        for sock, port in zip(sockets, PORTS):
            sock.bind(("127.0.0.1", port))
        sockets[0].connect(("127.0.0.1", PORTS[1]))
        sockets[1].connect(("127.0.0.1", PORTS[0]))
        pipe = os.pipe2(os.O_NONBLOCK)
        epolls = [select.epoll(), select.epoll()]
        fds = [sock.fileno() for sock in sockets] + list(pipe) + [epoll.fileno() for epoll in epolls]
        steps = []
        for _ in range(30):
            operation = "shut" if random.random() < 0.02 else random.choice(operations)
            which, target, events = random.randrange(2), random.randrange(6), random.choice(masks)
            size = random.choice([1, 1, 4])
            if operation == "pw":
                size = 70000 if random.random() < 0.3 else 10
            elif operation == "pr":
                size = 100000 if random.random() < 0.5 else 4
            result = attempt(lambda: epoll_call(sockets, pipe, fds, epolls, operation, which, target, events, size))
            steps.append([operation, which, target, events, size, result])
        for each in sockets + epolls:
            each.close()
        for fd in pipe:
            os.close(fd)
        sequences.append(steps)
    write("epoll", sequences)


if __name__ == "__main__":
    random.seed(18)
    for command in ("link set lo up", "addr add 10.9.9.1/32 dev lo", "-6 addr add fd00::1/128 dev lo nodad"):
        os.system("ip " + command)
    record_bind(300)
    record_udp(150)
    record_epoll(150)
