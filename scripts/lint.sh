#!/usr/bin/env bash
# lint.sh format            rewrites every C++ file in the project's style (.clang-format)
# lint.sh check             fails when a file is not in that style; changes nothing
# lint.sh tidy DIR [all|N]  clang-tidy (.clang-tidy) on the lines that differ from where the branch left main (on main
#                           itself: from the commit before the last), in N files at most, or on every file; DIR is a
#                           configured build
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

jobs=$(nproc)
cxx_files() { git ls-files -z --cached --others --exclude-standard -- '*.cc' '*.h' | xargs -0 -r ls -d 2>/dev/null; }

# What is looked at where not all is: the difference to where the branch left main, on main itself to the commit before.
base() {
  local base
  base=$(git merge-base HEAD origin/main 2>/dev/null || git merge-base HEAD main 2>/dev/null || true)
  [[ -n $base && $base != "$(git rev-parse HEAD)" ]] || base=$(git rev-parse --verify -q HEAD~1 || git rev-parse HEAD)
  echo "$base"
}
changed_files() {
  # A header is looked at through the file of its name.
  { git diff --name-only --diff-filter=d "$(base)" -- '*.cc' '*.h'
    git ls-files --others --exclude-standard -- '*.cc' '*.h'; } | sed 's/\.h$/.cc/' | sort -u | xargs -r -d '\n' ls -d 2>/dev/null
}
# The changed lines as clang-tidy's -line-filter wants them: new files whole, of the others the lines that differ.
changed_lines() {
  { git diff -U0 --diff-filter=d "$(base)" -- '*.cc' '*.h'
    git ls-files --others --exclude-standard -- '*.cc' '*.h' | sed 's/^/new /'; } | awk '
    /^\+\+\+ b\// { file = substr($0, 7) }
    /^@@/ {
      split(substr($3, 2), part, ",")
      count = part[2] == "" ? 1 : part[2]
      if (count > 0) lines[file] = lines[file] (lines[file] == "" ? "" : ",") "[" part[1] "," part[1] + count - 1 "]"
    }
    /^new / { whole[substr($0, 5)] }
    END {
      printf "["
      for (file in lines) { printf "%s{\"name\":\"%s\",\"lines\":[%s]}", comma, file, lines[file]; comma = "," }
      for (file in whole) { printf "%s{\"name\":\"%s\"}", comma, file; comma = "," }
      printf "]"
    }'
}

case "${1:-}" in
  format) cxx_files | xargs -r -d '\n' -P "$jobs" -n 16 clang-format -i ;;
  check)
    if ! places=$(cxx_files | xargs -r -d '\n' -n 16 clang-format --dry-run -Werror 2>&1); then
      echo "lint.sh: not formatted (lines in front of the file; $(clang-format --version)):" >&2
      grep -oE '^[^ ]+:[0-9]+:[0-9]+: error' <<<"$places" | cut -d: -f1 | sort | uniq -c >&2
      echo "'make format' mends them." >&2
      exit 1
    fi
    ;;
  tidy)
    dir=${2:?a configured build folder}
    [[ -f $dir/compile_commands.json ]] || { echo "lint.sh: $dir has not been configured; 'make lint' does" >&2; exit 1; }
    filter=()
    if [[ ${3:-} == all ]]; then
      mapfile -t files < <(cxx_files | grep '\.cc$')
    else
      mapfile -t files < <(changed_files)
      filter=(-line-filter="$(changed_lines)")
    fi
    ((${#files[@]})) || { echo "lint.sh: no C++ file changed."; exit 0; }
    most=${#files[@]}
    [[ ${3:-} =~ ^[0-9]+$ ]] && ((10#$3 < most)) && most=$3
    ((most == ${#files[@]})) || echo "lint.sh: ${#files[@]} files changed; only the first $most are looked at ('make lint LINT=all': every file)"
    files=("${files[@]:0:most}")
    echo "clang-tidy on ${#files[@]} files"
    printf '%s\n' "${files[@]}" | xargs -d '\n' -P "$jobs" -n 1 clang-tidy --quiet "${filter[@]}" --extra-arg=-Wno-unknown-warning-option -p "$dir" 2> >(grep -v 'warnings generated' >&2)
    ;;
  *) sed -n '2,6s/^# //p' "$0" >&2; exit 2 ;;
esac
