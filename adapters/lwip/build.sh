#!/bin/sh
# Builds netproof-lwip from Debian's source packages: their upstream tarballs, checked, unpacked under build/.
set -eu
cd "$(dirname "$0")"

SUITE=trixie
LWIP=2.2.1
LWIP_PACKAGE="lwip=2.2.1+dfsg1-1+deb13u1"
LWIP_TAR=lwip_2.2.1+dfsg1.orig.tar.xz
LWIP_SHA256=83729c274c499d3348e9fbbe043a3113f3fa8953e7efddc7c21c7fcbb1f2b7b1
CJSON_PACKAGE="cjson=1.7.18-3.1+deb13u1"
CJSON_TAR=cjson_1.7.18.orig.tar.gz
CJSON_SHA256=3aa806844a03442c00769b83e99970be70fbef03735ff898f4811dd03b9f5ee5

for tool in cc apt-get sha256sum tar xz; do
  command -v "$tool" >/dev/null || { echo "lwip: not built, there is no $tool" >&2; exit 3; }
done

mkdir -p build/apt/lists/partial
cd build

# Whatever sources the machine's apt has, these are the ones for the two tarballs.
apt() {
  apt-get -q -o Dir::Etc::SourceList="$PWD/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$PWD/apt/lists" -o APT::Sandbox::User=root "$@"
}
have() { echo "$2  $1" | sha256sum -c --status 2>/dev/null; }
if ! have "$LWIP_TAR" "$LWIP_SHA256" || ! have "$CJSON_TAR" "$CJSON_SHA256"; then
  mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)*\([^ ]*\) .*/\2/p' \
    /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -1)
  [ -n "$mirror" ] || { echo "lwip: not built, this machine's apt has no Debian to take the sources from" >&2; exit 3; }
  echo "deb-src $mirror $SUITE main" >apt/sources.list
  apt update
  apt source --download-only --tar-only "$LWIP_PACKAGE" "$CJSON_PACKAGE"
fi
have "$LWIP_TAR" "$LWIP_SHA256" || { echo "lwip: $LWIP_TAR is not the one that is pinned" >&2; exit 1; }
have "$CJSON_TAR" "$CJSON_SHA256" || { echo "lwip: $CJSON_TAR is not the one that is pinned" >&2; exit 1; }
rm -rf lwip cjson && mkdir lwip cjson
tar -xf "$LWIP_TAR" -C lwip --strip-components=1
tar -xf "$CJSON_TAR" -C cjson --strip-components=1

# -w: the warnings of others' sources are theirs.
FLAGS="-O2 -g -I../src -Ilwip/src/include -Ilwip/contrib/ports/unix/port/include -Icjson"
mkdir -p objects && rm -f objects/*.o
for file in lwip/src/core/*.c lwip/src/core/ipv4/*.c lwip/src/core/ipv6/*.c lwip/src/api/*.c \
  lwip/contrib/ports/unix/port/sys_arch.c cjson/cJSON.c; do
  cc $FLAGS -w -c "$file" -o "objects/$(basename "$file" .c).o"
done
# shellcheck disable=SC2086
cc $FLAGS -std=gnu11 -Wall -Wextra -DNETPROOF_LWIP="\"$LWIP\"" ../src/*.c objects/*.o -lpthread -o netproof-lwip
echo "lwip: adapters/lwip/build/netproof-lwip"
