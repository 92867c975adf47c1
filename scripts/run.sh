#!/bin/sh
# Runs one of Stagedoor's npm scripts on a machine that may have nothing yet but Node and npm:
# brings the Node release we need, installs the dependencies, then hands over to scripts/<verb>.ts.
set -eu

NODE_MAJOR=24
NODE_VERSION=24.21.0

verb=${1:?usage: run.sh start|stop|test|dev|bench|drill|simulate|check}
shift
cd "$(dirname "$0")/.."
# Whoever runs the services later must be able to read what we install, also under a strict umask.
umask 022

say() { printf '  %s\n' "$*"; }
fail() {
  printf '\nStagedoor cannot go on: %s\n' "$*" >&2
  exit 1
}

# Turns npm's log into one sentence.
explain_npm() {
  if grep -qE 'ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|network' "$1"; then
    fail "npm cannot reach its registry. Check this machine's network (or npm's proxy settings), then run the command again."
  elif grep -q ENOSPC "$1"; then
    fail "the disk is full. Free about 2 GB below $(pwd), then run the command again."
  elif grep -qE 'EACCES|EPERM|EROFS' "$1"; then
    fail "npm may not write below $(pwd). Run the command as the owner of that folder or as root."
  else
    sed 's/^/    /' "$1" | tail -n 15 >&2
    fail "npm could not install $2 (its last lines are above). Run the command again to resume."
  fi
}

require_space() {
  free_mb=$(df -Pm . | awk 'NR == 2 { print $4 }')
  if [ "$free_mb" -lt "$1" ]; then
    fail "only $free_mb MB are free below $(pwd), and $2 needs about $1 MB. Free some space, then run the command again."
  fi
}

node_major() { "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }

command -v npm >/dev/null 2>&1 || fail "npm is not on the PATH. Install Node 20 or newer with npm, then run the command again."

begun=$(date +%s)
downloads=0
log=$(mktemp) || fail "no temporary file can be made in ${TMPDIR:-/tmp}. Is the disk full?"
trap 'rm -f "$log"' EXIT

if [ "$(node_major node)" -ge "$NODE_MAJOR" ]; then
  node=$(node -p process.execPath)
else
  case $(uname -m) in
    x86_64) arch=x64 ;;
    aarch64) arch=arm64 ;;
    *) fail "this machine's processor ($(uname -m)) is not supported. Stagedoor runs on x86-64 and 64-bit ARM." ;;
  esac
  node=$(pwd)/.runtime/node_modules/node-linux-$arch/bin/node
  if [ "$("$node" -p process.versions.node 2>/dev/null || echo none)" != "$NODE_VERSION" ]; then
    [ "$verb" = stop ] && { say "Nothing is installed here, so nothing runs."; exit 0; }
    require_space 300 "Node $NODE_VERSION"
    say "Bringing Node $NODE_VERSION from npm into .runtime (this machine has $(node -v 2>/dev/null || echo none)) …"
    npm i --prefix .runtime --no-save --no-package-lock --no-audit --no-fund "node-linux-$arch@$NODE_VERSION" \
      >"$log" 2>&1 || explain_npm "$log" "Node $NODE_VERSION"
    "$node" -v >/dev/null 2>&1 || fail "the Node $NODE_VERSION that npm brought does not run on this machine."
    downloads=$(($(date +%s) - begun))
  fi
  # Children must find this Node first, npm's own shebang included.
  PATH=$(dirname "$node"):$PATH
  export PATH
fi

# The stamp is written last: without it an earlier run stopped half-way, and npm goes on from there.
stamp=node_modules/.stagedoor-installed
wanted=$(cksum package.json package-lock.json 2>/dev/null || true)
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
  [ "$verb" = stop ] && [ ! -d node_modules/pm2 ] && { say "Nothing is installed here, so nothing runs."; exit 0; }
  require_space 1200 "the list of dependencies"
  say "Installing dependencies with npm …"
  from=$(date +%s)
  # Not "npm ci": it fails where a registry lacks an optional binary made for another platform.
  npm install --no-save --no-audit --no-fund >"$log" 2>&1 || explain_npm "$log" "the dependencies"
  printf '%s\n' "$wanted" >"$stamp" || fail "nothing can be written below $(pwd)/node_modules."
  downloads=$((downloads + $(date +%s) - from))
fi

rm -f "$log"

exec "$node" "scripts/$verb.ts" --begun "$begun" --downloaded "$downloads" "$@"
