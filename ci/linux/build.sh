#!/usr/bin/env bash
# Builds a Linux for user mode (ARCH=um) with a clock that can stand still: a kernel for `--linux FILE` (docs/linux.md).
# Prints the path of the executable as its last line.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: ci/linux/build.sh [--source DIR | --version X] [--output FILE] [--jobs N]

  --source DIR   a Linux source tree, which stays as it is: what is built goes to the cache
  --version X    Debian's package linux-source-X, such as 6.12 (default: the newest that apt knows)
  --output FILE  put the kernel there as well
  --jobs N       compilers at once (default: one for each processor)

The cache is $XDG_CACHE_HOME/netproof/linux, or ~/.cache/netproof/linux; what is there already is not built again, and of
a tree that has changed only what the change touches. It needs gcc, make, flex, bison, bc and 2 GB of space; with
--version also apt-get, dpkg-deb and xz.
EOF
}

fail() {
  printf 'build.sh: %s\n' "$@" >&2
  exit 1
}

source= version= output= jobs=$(nproc)
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --source | --version | --output | --jobs)
      [ $# -ge 2 ] || fail "$1 wants a value"
      declare "${1#--}=$2"
      shift 2
      ;;
    *) usage >&2; fail "there is no option $1" ;;
  esac
done
[ -z "$source" ] || [ -z "$version" ] || fail "--source and --version exclude each other"
[[ $jobs =~ ^[1-9][0-9]*$ ]] || fail "--jobs $jobs is no number of at least 1"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/netproof/linux
mkdir -p "$cache"

missing=()
for program in gcc make flex bison bc; do
  command -v "$program" >/dev/null || missing+=("$program")
done
[ ${#missing[@]} = 0 ] || fail "these programs are missing: ${missing[*]}" "on Debian: apt-get install ${missing[*]}"

# The newest linux-source-X that apt knows.
newest() {
  apt-cache search --names-only '^linux-source-[0-9]+\.[0-9]+$' | sed -n 's/^linux-source-\([0-9.]*\) .*/\1/p' |
    sort -V | tail -n 1
}

# fetch VERSION: unpacks Debian's package and sets $source.
fetch() {
  command -v apt-get >/dev/null || fail "--version needs apt-get; elsewhere give a source tree: --source DIR"
  source=$cache/source-$1
  [ -e "$source/.complete" ] && return
  rm -rf "$source" "$source.new"
  mkdir -p "$source.new"
  (
    cd "$source.new"
    apt-get download "linux-source-$1" >&2 || fail "apt has no linux-source-$1; is 'apt-get update' due?"
    dpkg-deb -x linux-source-*.deb package
    tar -xf package/usr/src/linux-source-"$1".tar.xz --strip-components=1
    rm -rf package linux-source-*.deb
    touch .complete
  )
  mv "$source.new" "$source"
}

if [ -z "$source" ]; then
  [ -n "$version" ] || version=$(newest)
  [ -n "$version" ] || fail "apt knows no linux-source-*: run 'apt-get update', or give a source tree: --source DIR"
  fetch "$version"
  build=$cache/build-$version
else
  [ -f "$source/Kconfig" ] && [ -d "$source/arch/um" ] || fail "$source is no Linux source tree"
  source=$(cd "$source" && pwd)
  # A tree of its own for each place: make finds out by itself what has changed there.
  build=$cache/build-$(printf '%s' "$source" | cksum | cut -d ' ' -f 1)
fi
mkdir -p "$build"

# Make would build in the tree itself if that was built in before.
[ ! -e "$source/.config" ] || fail "$source was built in, so nothing can be built from it elsewhere" \
  "take another work tree of it ('git worktree add'), or clean it: make mrproper"

# In user mode a kernel has 100 ticks a second and no choice, and TCP's timers are rounded to ticks. Scripts count on 1000,
# so the symbol is defined a first time in front of all others: the first default counts.
{
  echo 'mainmenu "Linux in virtual time"'
  printf 'config HZ\n\tint\n\tdefault 1000\n\n'
  grep -v '^mainmenu' "$source/Kconfig"
} >"$build/Kconfig.netproof.new"
cmp -s "$build/Kconfig.netproof.new" "$build/Kconfig.netproof" ||
  mv "$build/Kconfig.netproof.new" "$build/Kconfig.netproof"

make_linux() {
  KBUILD_KCONFIG=$build/Kconfig.netproof KCONFIG_ALLCONFIG=$here/kernel.config \
    make -C "$source" O="$build" ARCH=um -s -j "$jobs" "$@" >&2
}
# The configuration is made anew only if what it is made of has changed: else all would be built again.
if [ ! -e "$build/.config" ] || [ "$here/kernel.config" -nt "$build/.config" ] ||
  [ "$build/Kconfig.netproof" -nt "$build/.config" ]; then
  make_linux allnoconfig
fi
make_linux linux

unset_options=()
while IFS= read -r line; do
  grep -qxF "$line" "$build/.config" || unset_options+=("$line")
done < <(grep '^CONFIG_' "$here/kernel.config")
[ ${#unset_options[@]} = 0 ] || printf 'build.sh: this tree has no %s\n' "${unset_options[@]}" >&2

kernel=$build/linux
if [ -n "$output" ]; then
  cp -f "$kernel" "$output"
  kernel=$output
fi
echo "$kernel"
