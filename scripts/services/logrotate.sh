#!/bin/sh
# Keeps each log file below a size, with one older copy. Whoever writes them opened them for
# appending, so a file can be emptied under its writer.
# usage: logrotate.sh FOLDER
set -eu
LIMIT_KILOBYTES=20480
EVERY_SECONDS=60
while :; do
  find "$1" -maxdepth 1 -name '*.log' -size +"${LIMIT_KILOBYTES}k" | while IFS= read -r file; do
    cp -- "$file" "$file.1.new" && mv -- "$file.1.new" "$file.1" && : >"$file"
  done
  sleep "$EVERY_SECONDS"
done
