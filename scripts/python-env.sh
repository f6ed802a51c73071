#!/usr/bin/env bash
# Makes .venv at the project's root with the Python packages that tests drive other programs with: the pinned lines of
# every tests/*/requirements.txt. Does nothing when they are already there. The program itself needs no Python.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${PYTHON:-/usr/bin/python3}
wanted=$(cat tests/*/requirements.txt | sed 's/#.*//; s/[[:space:]]*$//' | grep -v '^$' | sort -u)
stamp=.venv/requirements.done

if [[ -x .venv/bin/python && -f $stamp && $(<"$stamp") == "$wanted" ]]; then exit 0; fi

clash=$(sed 's/[=<>!~;[ ].*//' <<<"$wanted" | tr 'A-Z_' 'a-z-' | sort | uniq -d)
if [[ -n $clash ]]; then
  echo "python-env.sh: tests/*/requirements.txt ask for two versions of: $clash" >&2
  exit 1
fi
if ! "$python" -m venv .venv; then
  echo "python-env.sh: $python cannot make a virtual environment; 'make setup' installs python3-venv" >&2
  exit 1
fi
echo "python-env.sh: installing $(wc -l <<<"$wanted") Python packages into .venv" >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement <(echo "$wanted")
printf '%s' "$wanted" >"$stamp"
