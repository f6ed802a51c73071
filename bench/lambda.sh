#!/usr/bin/env bash
# lambda.sh BUILD_DIR [RUNS]: times the start-up of the Lambda function beside Python ones and writes
# docs/benchmarks/lambda.md. boto3 comes from .venv; PyTorch is Debian's python3-torch, as for the engine, where it can
# be installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

zip=$1/almanac-lambda.zip
boto3=.venv/bin/python
[[ -f $zip ]] || { echo "lambda.sh: no $zip; run 'make lambda' first" >&2; exit 1; }
"$boto3" -c 'import boto3' 2>/dev/null || { echo "lambda.sh: no boto3 in .venv; run 'make python-env' first" >&2; exit 1; }
torch=/usr/bin/python3
if ! "$torch" -c 'import torch' 2>/dev/null; then
  echo "lambda.sh: installing python3-torch" >&2
  as_root=()
  [[ $(id -u) == 0 ]] || as_root=(sudo)
  "${as_root[@]}" apt-get install -y -q --no-install-recommends python3-torch >&2 || torch=-
fi
page=docs/benchmarks/lambda.md
mkdir -p "$(dirname "$page")"
"$boto3" bench/lambda/report.py "$zip" "$boto3" "$torch" "${2:-20}" >"$page.new"
mv "$page.new" "$page"
cat "$page"
