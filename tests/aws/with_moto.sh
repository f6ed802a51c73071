#!/usr/bin/env bash
# with_moto.sh PROGRAM [ARGUMENT...]: runs a test program against an AWS emulator that verifies signatures, or says why it
# cannot and exits with 77 (skipped).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=$here/../../.venv/bin/python
if [[ ! -x $python ]] || ! "$python" -c 'import moto' 2>/dev/null; then
  echo "skipped: no emulator in .venv; scripts/python-env.sh installs it"
  exit 77
fi
exec "$python" "$here/moto_server.py" -- "$@"
