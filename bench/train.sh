#!/usr/bin/env bash
# train.sh BUILD_DIR [RUNS]: times a group's first training, on 60 days of five-minute rows, and writes
# docs/benchmarks/train.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bench=$1/bench/train/train_bench
if [[ ! -x $bench ]]; then
  echo "train.sh: no $bench; build the target train_bench first" >&2
  exit 1
fi
page=docs/benchmarks/train.md
mkdir -p "$(dirname "$page")"
model=$(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | xargs)
{
  cat <<END
# A group's first training

From scratch on 60 days of five-minute rows of the demo's shop, in memory: the first fit, then 28 days of forecasting
the day and fitting again, and 14 days of decisions replayed for the error budget. Made by \`bench/train.sh\` on $(date -u +%F):
$model, $(nproc) cores shared with other work, load average at the start $(cut -d' ' -f1 /proc/loadavg).

END
  "$bench" "${2:-3}" 60
  cat <<END

The calling thread's seconds are about what the wall clock says where each thread has a processor to itself. Most of them
are the lstm's training; the trees and the daily fits of the linear model have a thread of their own
beside it where a processor is free (\`core/aside.h\`). The bytes of the model do not depend on that: the fingerprint is
theirs, the same on one processor.
END
} >"$page.new"
mv "$page.new" "$page"
cat "$page"
