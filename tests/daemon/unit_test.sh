#!/usr/bin/env bash
# unit_test.sh UNIT PROGRAM: systemd's own opinion of the unit, with the program where it is now. Skipped (77) without
# systemd-analyze.
set -euo pipefail
if ! command -v systemd-analyze >/dev/null; then
  echo "skipped: there is no systemd-analyze"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unit=$folder/almanac.service
sed "s#/usr/bin/almanac#$2#" "$1" >"$unit"
systemd-analyze verify --man=no "$unit"
systemd-analyze security --offline=true --threshold=20 "$unit" | tail -1
