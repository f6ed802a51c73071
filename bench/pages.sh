#!/usr/bin/env bash
# pages.sh BUILD_DIR [FOLDER]: times what the dashboard's pages ask for over a fleet of 1,000 simulated groups, and holds
# plans of a week ahead against what came; writes docs/benchmarks/pages.md. FOLDER (a new one under $TMPDIR) holds the
# store; one that is there already is used again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bench=$1/bench/insight/insight_bench
if [[ ! -x $bench ]]; then
  echo "pages.sh: no $bench; build the target insight_bench first" >&2
  exit 1
fi
folder=${2:-}
if [[ -z $folder ]]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi
page=docs/benchmarks/pages.md
mkdir -p "$(dirname "$page")"
model=$(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | xargs)
{
  cat <<END
# What the pages ask for

Answers of \`insight::Insight\` over 1,000 groups on a local folder, one caller, without HTTP. Made by \`bench/pages.sh\` on
$(date -u +%F): $model, $(nproc) cores shared with other work. The groups are copies of one simulated shop (eight weeks of rows,
then four of ticks by the production code, five minutes each); the time asked about is a week before their end, so that
events lie ahead. "First" and "cold" answers read and compute; the others find most of it in memory, as every viewer but
the first of a tick does. Times are processor time of the calling thread.

END
  "$bench" "$folder" 1000 4 | sed 's/^| planned on/Plans of seven days (`almanac plan`) beside the capacity that the ticks then decided, and how many windows of that\nweek stayed within the quantiles planned for them. The errors of a week go together: it is the level of the whole week\nthat is hard to know.\n\n&/'
} >"$page.new"
mv "$page.new" "$page"
cat "$page"
