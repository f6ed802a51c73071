#!/usr/bin/env bash
# run.sh PYTHON KERAS_PEER ALMANAC: runs keras_test.py, or says why it cannot and exits with 77 (skipped).
set -euo pipefail
if [[ ! -x $1 ]]; then
  echo "skipped: no $1; scripts/python-env.sh makes it"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export KERAS_BACKEND=jax JAX_PLATFORMS=cpu OMP_NUM_THREADS=1
"$1" "$(dirname "${BASH_SOURCE[0]}")/keras_test.py" "$2" "$work" "$3"
