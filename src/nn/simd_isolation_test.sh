#!/usr/bin/env bash
# simd_isolation_test.sh ARCHIVE: the program must run on processors without AVX. Shows that of the engine's object files
# only the v3 kernels hold AVX instructions, and that these define nothing the linker could put in another file's place.
set -euo pipefail
archive=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
ar x "$archive"

avx() { objdump -d --no-show-raw-insn "$1" | grep -cE '%[yz]mm|[[:space:]]v[a-z0-9]+[ps][sd][[:space:]]' || true; }
bad=0
for object in *.o; do
  count=$(avx "$object")
  if [[ $object == kernels_v3* ]]; then
    echo "$object: $count AVX instructions"
    [[ $count -gt 100 ]] || { echo "  expected many: was it built for x86-64-v3?"; bad=1; }
    if nm "$object" | grep -E ' [WVu] '; then echo "  defines the weak symbols above"; bad=1; fi
  elif [[ $count != 0 ]]; then
    echo "$object: $count AVX instructions, expected none"
    bad=1
  fi
done
exit $bad
