#!/usr/bin/env bash
# engine.sh BUILD_DIR [PAIRS]: times the neural engine against PyTorch and writes docs/benchmarks/engine.md. Needs Debian's
# python3-torch and OpenBLAS, which it installs when it may.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bench=$1/bench/engine/engine_bench
python=/usr/bin/python3
if [[ ! -x $bench ]]; then
  echo "engine.sh: no $bench; build the target engine_bench first" >&2
  exit 1
fi
# With the reference BLAS PyTorch is three times slower: the comparison would not be fair without OpenBLAS.
if ! "$python" -c 'import torch' 2>/dev/null || ! dpkg-query -W -f '${db:Status-Status}' libopenblas0-pthread 2>/dev/null | grep -q '^installed'; then
  echo "engine.sh: installing python3-torch and libopenblas0-pthread" >&2
  as_root=()
  [[ $(id -u) == 0 ]] || as_root=(sudo)
  "${as_root[@]}" apt-get install -y -q --no-install-recommends python3-torch libopenblas0-pthread >&2
fi
page=docs/benchmarks/engine.md
mkdir -p "$(dirname "$page")"
"$python" bench/engine/report.py "$bench" "$python" "${2:-5}" >"$page.new"
mv "$page.new" "$page"
cat "$page"
