# Sourced by the programs in this folder, which stand before those of their names in the PATH of a world's commands.
# A script may well ignore that a setting was refused, and its world then is not the one that it counts on: what is
# refused is written to $NETPROOF_REFUSED, which the runner reads after each command. $NETPROOF_PATH is the PATH
# without this folder.

[ -n "${NETPROOF_PATH+set}" ] || exit 127

# told WHAT WHY: notes what was refused, and the first line of why. Who sends errors to /dev/null expects them: that is
# no refusal.
told() {
  if [ -n "${NETPROOF_REFUSED-}" ] && ! [ /proc/self/fd/2 -ef /dev/null ]; then
    printf 'refused\t%s\t%s\n' "$1" "${2%%
*}" >>"$NETPROOF_REFUSED"
  fi
}

# setting PROGRAM ARGUMENT…: runs the real program, and notes where it fails.
setting() {
  PATH=$NETPROOF_PATH
  { errors=$("$@" 2>&1 >&3 3>&-); status=$?; } 3>&1
  [ -z "$errors" ] || printf '%s\n' "$errors" >&2
  [ "$status" -eq 0 ] || told "$*" "$errors"
  exit "$status"
}

# query PROGRAM ARGUMENT…: becomes the real program.
query() {
  PATH=$NETPROOF_PATH
  exec "$@"
}
