#!/usr/bin/env bash
# run.sh PYTHON TEST...: runs a test that drives an emulator of AWS, or says why it cannot and exits with 77 (skipped).
set -euo pipefail
if [[ ! -x $1 ]]; then
  echo "skipped: no $1; scripts/python-env.sh makes it"
  exit 77
fi
exec "$@"
