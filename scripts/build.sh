#!/usr/bin/env bash
# build.sh DIR JOBS TARGET|--configure-only [PRESET [cmake options]]
# Configures DIR by a preset of CMakePresets.json (default) when it has never been configured (ninja repeats that by itself
# when a CMakeLists.txt changes), then builds TARGET. Says in a line what to do when either fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dir=$1 jobs=$2 target=$3 preset=${4:-default}
shift $(($# < 4 ? $# : 4))

# A clone in another folder finds in the compiler cache what this one compiled: paths below the checkout count as relative
# ones, and the folder that the compiler was started in does not count.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

if [[ ! -f $dir/build.ninja ]]; then
  mkdir -p "$dir"
  if ! cmake -S . -B "$dir" --preset "$preset" "$@" >"$dir/configure.log" 2>&1; then
    cat "$dir/configure.log" >&2
    echo "build.sh: configuring failed (above; kept in $dir/configure.log). 'make setup' installs missing packages;" >&2
    echo "  'make clean' forgets a folder configured for another compiler, generator or checkout." >&2
    exit 1
  fi
fi
[[ $target == --configure-only ]] && exit 0

# Piped output gets no line for every file.
quiet=()
[[ -t 1 ]] || quiet=(--quiet)
if ! ninja -C "$dir" -j "$jobs" "${quiet[@]}" "$target"; then
  echo "build.sh: building '$target' in $dir failed; the first error above is the one to mend." >&2
  exit 1
fi
