#!/usr/bin/env python3
"""Records what Linux answers to packets: `record.py < host.jsonl > new.jsonl`, as root, on a machine with /dev/net/tun.

The first line says how to set the network namespace up ("setup": shell commands, run after tun0 has 192.0.2.1/24 and
2001:db8::1/64). Every other line holds packets to put into tun0, in hexadecimal; they come out again with what Linux
sent ("out") and which counters moved ("counters"). Identifications, flow labels and checksums that hang on them are
Linux's own choice and zero here.
"""
import ctypes, fcntl, json, os, select, struct, subprocess, sys, time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
COUNTED = ("Ip", "Icmp", "IcmpMsg", "IpExt", "Ip6", "Icmp6")


def shell(command):
    subprocess.run(command, shell=True, check=True)


def counters():
    found = {}
    for path in ("/proc/net/snmp", "/proc/net/netstat"):
        lines = open(path).read().splitlines()
        for names, values in zip(lines[::2], lines[1::2]):
            group = names.split(":")[0]
            for name, value in zip(names.split()[1:], values.split()[1:]):
                found[f"{group}.{name}"] = int(value)
    for line in open("/proc/net/snmp6"):
        name, value = line.split()
        for group in ("Udp6", "UdpLite6", "Icmp6", "Ip6"):
            if name.startswith(group):
                found[f"{group}.{name[len(group):]}"] = int(value)
                break
    return {name: value for name, value in found.items() if name.split(".")[0] in COUNTED}


def masked(packet):
    packet = bytearray(packet)
    if packet[0] >> 4 == 4:
        packet[4:6] = packet[10:12] = bytes(2)
    else:
        packet[1] &= 0xF0
        packet[2:4] = bytes(2)
        if packet[6] == 44:
            packet[44:48] = bytes(4)
    return packet.hex()


def drain(tun, seconds):
    out = []
    while select.select([tun], [], [], seconds)[0]:
        out.append(os.read(tun, 70000))
    return out


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        sys.exit("no network namespace: run as root")
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN_NO_PI))
    shell("echo 1 > /proc/sys/net/ipv6/conf/tun0/addr_gen_mode; echo 0 > /proc/sys/net/ipv6/conf/tun0/router_solicitations")
    shell("ip link set lo up; ip link set tun0 up; ip addr add 192.0.2.1/24 dev tun0")
    shell("ip -6 addr add 2001:db8::1/64 dev tun0 nodad")
    setup = json.loads(sys.stdin.readline())
    for command in setup["setup"]:
        shell(command)
    setup["kernel"] = os.uname().release.split("-")[0]
    print(json.dumps(setup, separators=(",", ":")))
    time.sleep(0.3)
    drain(tun, 0.5)
    for line in sys.stdin:
        case = json.loads(line)
        before = counters()
        out = []
        for packet in case["in"]:
            os.write(tun, bytes.fromhex(packet))
            out += drain(tun, 0.003)
        after = counters()
        case["out"] = [masked(packet) for packet in out]
        case["counters"] = {name: value - before.get(name, 0) for name, value in after.items() if value != before.get(name, 0)}
        print(json.dumps(case, separators=(",", ":")))


main()
