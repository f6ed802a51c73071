#!/usr/bin/env bash
# browser_test.sh CHROMIUM NODE TEMPLATE: lets a browser draw the sample report and the smallest possible one, and looks
# at what it built: every section is there, nothing hostile ran, no error was thrown. Then test/browser.ts uses the page.
set -euo pipefail

chromium=$1 node=$2 template=$3
here=$(dirname "${BASH_SOURCE[0]}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dom() {  # KIND: the drawn document, and what the browser logged beside it in $work/KIND.log
  "$node" "$here/preview.mjs" "$template" "$work/$1.html" "$1"
  timeout 80 "$chromium" --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --user-data-dir="$work/profile" --enable-logging=stderr --v=0 \
    --window-size=1200,900 --virtual-time-budget=20000 --dump-dom "file://$work/$1.html" 2>"$work/$1.log" |
    sed -z 's|<script.*||'  # the drawn part only: the data follows it
}
failed=0
expect() {  # WHAT TEXT DOM
  grep -qF -- "$2" <<<"$3" || { echo "browser: $1: '$2' was not drawn" >&2; failed=1; }
}
refuse() {
  grep -qF -- "$2" <<<"$3" && { echo "browser: $1: '$2' was drawn" >&2; failed=1; }
  return 0
}
quiet() {
  if grep -E 'CONSOLE.*(Error|Refused|violates)' "$work/$1.log" >&2; then failed=1; fi
}

full=$(dom full)
for id in policies load fronts quality phases decisions; do expect "sample" "<h2 id=\"$id\">" "$full"; done
expect "sample" "The cheapest setting within 0.1&nbsp;% violating requests costs Almanac 1.30 times" "$full"
expect "sample" "<canvas" "$full"
quiet full

small=$(dom minimal)
expect "minimal" "<h2 id=\"policies\">" "$small"
expect "minimal" "a shop &lt;/script&gt;&lt;img src=x onerror=alert(1)&gt; &amp; co" "$small"
for id in load fronts quality phases decisions; do refuse "minimal" "<h2 id=\"$id\">" "$small"; done
refuse "minimal" "<img" "$small"
quiet minimal

handled=$(dom handled)
checks=$(grep -oE '^(ok|FAILED): .*' <<<"$handled" || true)
printf '%s\n' "$checks"
expect "handled" "ok: all checks ran" "$handled"
refuse "handled" "FAILED:" "$checks"
quiet handled

((failed == 0)) && echo "browser: both pages were drawn"
exit $failed
