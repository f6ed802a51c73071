#!/usr/bin/env bash
# Installs exactly what package-lock.json names into node_modules, unless that has been done already. Several build
# folders share node_modules, so one at a time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
  echo "web: the pages need Node.js 18 or newer with npm ('make setup' installs them); a room's tests do not: make check ROOM=..." >&2
  exit 1
fi
mkdir -p node_modules
exec 9<package-lock.json  # its lock: node_modules itself is replaced
flock 9
wanted=$(cat package.json package-lock.json | sha256sum | cut -d' ' -f1)
[[ "$(cat node_modules/.installed 2>/dev/null)" == "$wanted" ]] && exit 0

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# No install scripts: none of the packages needs one, and none should run code here.
if ! npm ci --ignore-scripts --no-audit --no-fund >"$log" 2>&1; then
  cat "$log" >&2
  echo "web: 'npm ci' failed (above). It needs the npm registry the first time; is this machine online?" >&2
  exit 1
fi
echo "$wanted" >node_modules/.installed
