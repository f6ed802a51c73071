#!/usr/bin/env bash
# shot.sh PAGE.html OUT.png WIDTH HEIGHT [light|dark]: a picture of the page as Chromium draws it. Narrow widths are drawn
# in a frame, because a browser window has a least width.
set -euo pipefail

page=$(realpath "$1") out=$2 width=$3 height=$4 theme=${5:-light}
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
address="file://$page" window=$width
if ((width < 500)); then
  window=500
  printf '<body style="margin:0"><iframe src="%s" style="border:0;width:%spx;height:%spx"></iframe>' "$address" "$width" "$height" >"$profile/frame.html"
  address="file://$profile/frame.html"
fi
dark=()
[[ $theme == dark ]] && dark=(--blink-settings=preferredColorScheme=0)
timeout 90 "${CHROMIUM:-chromium}" --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
  --disable-component-update --disable-sync --user-data-dir="$profile/data" --hide-scrollbars "${dark[@]}" \
  --window-size="$window,$height" --virtual-time-budget=4000 --screenshot="$out" "$address" 2>/dev/null
