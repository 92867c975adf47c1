#!/bin/sh
# Starts nginx in the foreground. Workers of a master that was killed keep the listening sockets, so
# they go first: they are known by their working directory, which no other nginx shares.
# usage: nginx.sh BINARY CONFIGURATION ERROR_LOG
set -eu
here=$(pwd -P)
binary=$(readlink -f "$1")
for process in /proc/[0-9]*; do
  [ "$(readlink "$process/cwd" 2>/dev/null)" = "$here" ] || continue
  [ "$(readlink "$process/exe" 2>/dev/null)" = "$binary" ] || continue
  kill -9 "${process#/proc/}" 2>/dev/null || true
done
exec "$1" -c "$2" -e "$3"
