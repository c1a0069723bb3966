#!/usr/bin/env python3
"""The smallest useful adapter: a "stack" that answers pings and has no sockets. See docs/adapters.md.

It shows all that an adapter needs: the messages, the way to the device, several worlds in one process.
"""

import ctypes
import fcntl
import json
import os
import struct
import sys
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000

libc = ctypes.CDLL(None, use_errno=True)


class Unsupported(Exception):
    """What this stack does not have: the script is skipped, and says this."""


def setns(fd):
    if libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def attach(netns, device):
    """Opens the file end of the device in the world's network namespace, and comes back."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(netns, os.O_RDONLY)
    try:
        setns(there)
        try:
            tun = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
            return tun
        finally:
            setns(home)
    finally:
        os.close(there)
        os.close(home)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data[: len(data) & ~1]))
    if len(data) % 2:
        total += data[-1] << 8
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class World:
    """One stack on one device."""

    def __init__(self, netns, device):
        self.tun = attach(netns, device)
        self.counters = {"Icmp.InEchos": 0}
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                packet = bytearray(os.read(self.tun, 65535))
            except OSError:
                return
            if packet[0] == 0x45 and packet[9] == 1 and packet[20] == 8:  # IPv4, ICMP, echo request
                self.counters["Icmp.InEchos"] += 1
                packet[12:16], packet[16:20] = packet[16:20], packet[12:16]
                packet[20] = 0
                packet[22:24] = b"\0\0"
                struct.pack_into("!H", packet, 22, checksum(bytes(packet[20:])))
                os.write(self.tun, packet)

    def call(self, request):
        """A real adapter calls its stack here, and lets calls that block wait on a thread of their own."""
        raise Unsupported(f"{request['name']}: this stack has no sockets")

    def close(self):
        os.close(self.tun)


def main():
    worlds = {}

    def answer(request):
        kind = request["type"]
        if kind == "hello":
            return {"type": "hello", "protocol": 1, "stack": "echo only 1.0", "features": ["counters"]}
        if kind == "open":
            worlds[request["world"]] = World(request["netns"], request["device"])
            return {"type": "opened"}
        if kind == "call":
            outcome = worlds[request["world"]].call(request["request"])
            return {"type": "returned", "time_us": time.time_ns() // 1000, "outcome": outcome}
        if kind == "counters":
            return {"type": "counters", "counters": worlds[request["world"]].counters}
        if kind == "close":
            worlds.pop(request["world"]).close()
            return {"type": "closed"}
        raise Unsupported(f"{kind} is not supported")

    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = answer(request)
        except Unsupported as error:
            reply = {"type": "error", "message": str(error), "unsupported": True}
        except Exception as error:  # a world that can't be made must not end the other ones
            reply = {"type": "error", "message": f"{type(error).__name__}: {error}"}
        print(json.dumps({"id": request["id"], **reply}), flush=True)


if __name__ == "__main__":
    main()
