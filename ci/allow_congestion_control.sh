#!/usr/bin/env bash
# Lets scripts in new network namespaces choose CUBIC and Reno: the initial namespace decides what is allowed there.
set -eu
allowed=/proc/sys/net/ipv4/tcp_allowed_congestion_control
[ -r "$allowed" ] || { echo "no $allowed: this kernel does not offer it" >&2; exit 0; }
current=$(cat "$allowed")
wanted=$current
for name in reno cubic; do
  case " $wanted " in *" $name "*) ;; *) wanted="$wanted $name" ;; esac
done
[ "$wanted" = "$current" ] && exit 0
modprobe tcp_cubic 2>/dev/null || true
if ! echo "$wanted" >"$allowed" 2>/dev/null; then
  echo "tcp_allowed_congestion_control stays '$current': scripts that choose cubic will fail on the kernel target (needs root, and cubic in the kernel)" >&2
  exit 1
fi
echo "tcp_allowed_congestion_control: $wanted"
