#!/usr/bin/env bash
# thread-safety.sh DIR    clang's Thread Safety Analysis (src/core/mutex.h) of every source file that sees an annotated
#                         mutex; DIR is a configured build. Fails when something guarded is touched without its lock,
#                         when a lock is taken twice, and when the program has a mutex that is not annotated.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dir=${1:?a configured build folder}
jobs=$(nproc)

# The analysis knows nothing of a std::mutex, so it would be silent about it. Tests may have theirs.
if git ls-files --cached --others --exclude-standard -- 'src/*.cc' 'src/*.h' |
  grep -vE '(_test\.cc|/testing\.h|^src/core/mutex\.h)$' |
  xargs -d '\n' grep -nE 'std::((recursive_|shared_|timed_)*mutex|condition_variable|lock_guard|unique_lock|scoped_lock)\b'; then
  echo "thread-safety.sh: above, a lock that no compiler checks; use Mutex, MutexLock and Condition of core/mutex.h." >&2
  exit 1
fi

# Headers that include the mutex's, headers that include those, and so on; then the sources that include any of them.
including() { sed 's/.*/#include "&"/' | grep -rlFf - src --include="$1" | sed 's|^src/||'; }
headers=core/mutex.h fresh=core/mutex.h
while [[ -n $fresh ]]; do
  fresh=$(including '*.h' <<<"$fresh" | grep -vxFf <(echo "$headers") || true)
  headers+=${fresh:+$'\n'$fresh}
done
mapfile -t files < <(including '*.cc' <<<"$headers" | grep -v '_test\.cc$' | sort)
echo "Thread Safety Analysis of ${#files[@]} files"

analyse() {  # clang-tidy's arguments
  clang-tidy --quiet --checks='-*,clang-diagnostic-thread-safety*,bugprone-unused-raii' --warnings-as-errors='*' \
    --extra-arg=-Wno-everything --extra-arg=-Wthread-safety "$@" 2> >(grep -v 'warnings\? generated' >&2)
}
export -f analyse

# An analysis that is off finds nothing: it has to find this.
probe=$(mktemp --suffix=.cc)
trap 'rm -f "$probe"' EXIT
printf '%s\n' '#include "core/mutex.h"' 'almanac::Mutex mutex;' 'int value ALMANAC_GUARDED_BY(mutex);' \
  'int read() { return value; }' >"$probe"
found=$(analyse "$probe" -- -std=c++20 -Isrc || true)
if [[ $found != *thread-safety* ]]; then
  echo "thread-safety.sh: $(clang-tidy --version | grep -m1 version) does not analyse thread safety." >&2
  exit 1
fi

if ! printf 'src/%s\n' "${files[@]}" | xargs -d '\n' -P "$jobs" -n 1 bash -c 'analyse -p "$@"' analyse "$dir"; then
  echo "thread-safety.sh: the places above touch what is guarded without its lock, or lock twice." >&2
  exit 1
fi
