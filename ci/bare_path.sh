#!/bin/sh
# A PATH of a machine with nothing installed but a runtime and a POSIX shell with its utilities.
# usage: PATH=$(ci/bare_path.sh FOLDER); the folder is made
set -eu
folder=$1
mkdir -p "$folder"

# Where a program is, aside from builtins of the shell.
place() {
  (IFS=:; for each in $PATH; do [ ! -x "$each/$1" ] || { printf '%s\n' "$each/$1"; break; }; done)
}

for program in deno node npx \
  \[ basename cat chmod chown cp cut date dirname echo env expr false head id kill ln ls mkdir mktemp mv nice nohup od \
  printf pwd readlink rm rmdir sleep sort stat stty tail tee test timeout touch true tty uname uniq wc; do
  found=$(place "$program")
  [ -z "$found" ] || ln -sf "$found" "$folder/$program"
done
# Not Bash by that name.
for shell in dash busybox sh; do
  found=$(place "$shell")
  [ -z "$found" ] || break
done
ln -sf "$found" "$folder/sh"
echo "$folder"
