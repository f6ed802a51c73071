#!/usr/bin/env bash
# Replays the six real traces, at three launch delays, against every peer, and writes docs/benchmarks/traces.md from what
# the program printed. Every replay is kept in RESULTS and not repeated, so that an interrupted run goes on.
# usage: bench/traces.sh BUILD_DIR [TRACES_DIR [RESULTS]]    (about half an hour on two cores; the traces are not part of
# this repository)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program="${1:?usage: bench/traces.sh BUILD_DIR [TRACES_DIR [RESULTS]]}/almanac"
traces="${2:-../shared/traces}"
results="${3:-$1/bench-traces}"
page=docs/benchmarks/traces.md
[[ -d $traces ]] || { echo "bench/traces.sh: no traces in $traces; give their folder" >&2; exit 2; }
mkdir -p "$results"

replay() {  # CELL options...
  local cell=$1
  shift
  [[ -s $results/$cell.json ]] && return
  echo "== $cell" >&2
  "$program" backtest "$@" --policies all --sweep --json >"$results/$cell.part" 2>/dev/null
  mv "$results/$cell.part" "$results/$cell.json"
}

world=(--trace "$traces/worldcup98.csv" --test-start 1998-06-18T00:00:00Z --test-end 1998-07-14T00:00:00Z)
taxis=(--trace "$traces/nyc_taxi_2014.csv" --calendar "$traces/nyc_taxi_2014.ics")
for boot in 5 10 2; do
  replay "wc-$boot" "${world[@]}" --calendar "$traces/worldcup98.ics" --boot "${boot}m"
  replay "tw-$boot" --trace "$traces/twitter_sample_202108.csv" --boot "${boot}m"
  replay "elb-$boot" --trace "$traces/nab_elb_request_count.csv" --boot "${boot}m"
  replay "asg-$boot" --trace "$traces/nab_asg_cpu_misconfig.csv" --boot "${boot}m"
  replay "bb-$boot" --trace "$traces/bitbrains_vm488.csv" --boot "${boot}m"
  replay "nyc-$boot" "${taxis[@]}" --boot "${boot}m"
done
for boot in 5 10 2; do
  replay "wcnc-$boot" "${world[@]}" --boot "${boot}m"
done

python3 bench/traces/report.py "$results" >"$results/traces.md"
mkdir -p "$(dirname "$page")"
cp "$results/traces.md" "$page"
echo "written: $page" >&2
