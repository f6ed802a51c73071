#!/usr/bin/env bash
# Replays the six real traces against every peer and writes docs/benchmarks/traces.md from what the program printed.
# usage: bench/traces.sh BUILD_DIR [TRACES_DIR]      (about ten minutes; the traces are not part of this repository)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program="${1:?usage: bench/traces.sh BUILD_DIR [TRACES_DIR]}/almanac"
traces="${2:-../shared/traces}"
page=docs/benchmarks/traces.md
[[ -d $traces ]] || { echo "bench/traces.sh: no traces in $traces; give their folder" >&2; exit 2; }
draft=$(mktemp)
trap 'rm -f "$draft"' EXIT

replay() {  # TITLE TRACE options...
  local title=$1 trace=$2
  shift 2
  printf '\n## %s\n\n    almanac backtest --trace %s %s --policies all --sweep\n\n```\n' "$title" "$trace" "$*" >>"$draft"
  echo "== $title" >&2
  local arguments=()
  for argument in "$@"; do
    [[ -f $traces/$argument ]] && argument=$traces/$argument
    arguments+=("$argument")
  done
  "$program" backtest --trace "$traces/$trace" "${arguments[@]}" --policies all --sweep 2>/dev/null | sed 's/ *$//' >>"$draft"
  printf '```\n' >>"$draft"
}

cat >"$draft" <<'TEXT'
# Real traces, every peer

Made by `bench/traces.sh build TRACES_DIR`, the same settings for every trace, seed 1, one run each. Every policy plays the same plant
([its definition](../algorithms.md#the-plant-and-the-score)), each swept over its own headroom knob; `cost at 0.1 %` and
`cost at 1 %` are read off each sweep's Pareto front at that share of violating requests. Cost is instance-hours relative to
a clairvoyant without launch delay that changes capacity every minute; `clairvoyant_boot` knows the launch delay too. The columns
after them show one setting: the cheapest that keeps 0.1 %, else the policy's usual one. `never`: no setting gets there.

How the simulated peers were made, and how they compare with earlier figures: [PEERS.md](../../src/simulation/PEERS.md).
TEXT

world=(--boot 5m --test-start 1998-06-18T00:00:00Z --test-end 1998-07-14T00:00:00Z)
replay "World Cup 1998, with its calendar of matches" worldcup98.csv --calendar worldcup98.ics "${world[@]}"
replay "World Cup 1998, the same run without the calendar" worldcup98.csv "${world[@]}"
replay "World Cup 1998, instances that take 10 minutes" worldcup98.csv --calendar worldcup98.ics --boot 10m "${world[@]:2}"
replay "New York taxis 2014, with holidays" nyc_taxi_2014.csv --calendar nyc_taxi_2014.ics
replay "Twitter sample 2021 (irregular bursts: a control)" twitter_sample_202108.csv
replay "A load balancer without structure (a control)" nab_elb_request_count.csv
replay "CPU of an Auto Scaling group" nab_asg_cpu_misconfig.csv
replay "A production VM, CPU and network" bitbrains_vm488.csv

mkdir -p "$(dirname "$page")"
cp "$draft" "$page"
echo "written: $page" >&2
