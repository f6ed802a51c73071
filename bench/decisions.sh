#!/usr/bin/env bash
# Measures what each part of the decisions is worth and writes docs/benchmarks/decisions.md from it.
# usage: bench/decisions.sh BUILD_DIR [TRACES_DIR] [--continue] [options of `decisions_bench measure`]
#   --seeds N --boot 10m --trace FILE --calendar FILE --parts ablation peers calendars statements metrics --every-minute ...
# The traces are not part of this repository; those that are missing are skipped. What was measured is kept in
# BUILD_DIR/decisions/results.jsonl: with --continue only what it lacks is measured, so a run may be stopped at any time
# and more seeds or launch delays added later. NOTE="..." puts words about the run on the page.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build="${1:?usage: bench/decisions.sh BUILD_DIR [TRACES_DIR] [--continue] [options]}"
shift
traces=../shared/traces
[[ $# -gt 0 && $1 != --* ]] && { traces=$1; shift; }
program=$build/bench/decisions/decisions_bench
results=$build/decisions/results.jsonl
page=docs/benchmarks/decisions.md
[[ -x $program ]] || { echo "bench/decisions.sh: no $program; build the target decisions_bench first" >&2; exit 1; }
mkdir -p "$(dirname "$results")"
if [[ ${1:-} == --continue ]]; then shift; else rm -f "$results"; fi
[[ -d $traces ]] || echo "bench/decisions.sh: no traces in $traces; only the demo's generator is measured" >&2

version=$(git describe --always --dirty 2>/dev/null || echo unknown)
"$program" --results "$results" measure --traces "$traces" --program-version "$version" "$@"
"$program" --results "$results" page --note "${NOTE:-}" >"$page.new"
mv "$page.new" "$page"
echo "written: $page"
sed -n '/^## Time of each part/,$p' "$page"
