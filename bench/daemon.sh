#!/usr/bin/env bash
# daemon.sh BUILD [--groups N] [--viewers N] [--rounds N] [--work DIR]: the daemon with a thousand simulated groups on
# one core: what a tick and a round take, how much memory, and, with viewers, how fast the API answers meanwhile. Writes
# docs/benchmarks/daemon.md. Takes about a quarter of an hour and 3 GB of disk.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: daemon.sh BUILD [--groups N] [--viewers N] [--rounds N] [--work DIR]}
shift
exec python3 "$here/daemon/measure.py" --almanac "$build/almanac" --report "$here/../docs/benchmarks/daemon.md" "$@"
