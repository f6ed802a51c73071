#!/usr/bin/env bash
# Refuses what must not be in the tree: build products, large or machine-made files, unfinished marks, merge conflicts,
# paths of one person's machine, private keys, the addresses a package manager happened to download from, and the words of
# one cloud in rooms that know none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bad=0
complain() { echo "check-tree: $1" >&2; sed 's/^/  /' >&2; bad=1; }
refuse_match() {  # WHAT REGEX [pathspec...]
  local what=$1 regex=$2 found
  shift 2
  found=$(git grep -nIE -e "$regex" -- "$@" ':!scripts/check-tree.sh' || true)
  [[ -z $found ]] || complain "$what" <<<"$(cut -c1-160 <<<"$found")"
}
refuse_file() {  # WHAT LIST
  [[ -z $2 ]] || complain "$1" <<<"$2"
}

refuse_file "build products or downloads are tracked" \
  "$(git ls-files | grep -E '(^|/)(build[^/]*|node_modules|dist|\.venv|\.cache|__pycache__|almanac-demo)/|\.(o|a|so|pyc|gcda|gcno|core)$' || true)"
refuse_file "files over 2 MB are tracked" \
  "$(git ls-files -z | xargs -0 -r -I{} find {} -maxdepth 0 -type f -size +2048k 2>/dev/null || true)"
refuse_file "scripts that are not executable" \
  "$(git ls-files -s -- 'scripts/*.sh' 'bench/*.sh' .ci/run | grep -v '^100755' | cut -f2 || true)"
refuse_match "unfinished marks (finish the work or write down the limit)" '\b(TODO|FIXME|XXX)\b'
refuse_match "merge conflict markers" '^(<<<<<<<|>>>>>>>) '
refuse_match "absolute paths of one machine" "(^|[^A-Za-z0-9_.~-])/(home|root|work|Users)/[A-Za-z0-9._-]+" ':!docs/*'
refuse_match "private keys" '-----BEGIN [A-Z ]*PRIVATE KEY-----'
refuse_match "lock files that name where a package was downloaded" '"resolved": "https?:' '*package-lock.json'
refuse_match "words of one cloud in a room that knows no cloud (its adapter says them, through the port)" \
  '\b[Aa][Ww][Ss]\b|Auto ?Scaling|autoscaling:|AlarmNotification|ScheduledAction|CloudWatch|[Ss]uspend|[Ii]nstance ?[Rr]efresh|[Ll]aunch template|\b(EC2|ASG)\b|SetDesiredCapacity|resume-processes|\b(min_size|desired_capacity)\b' \
  src/core src/calendar src/forecast src/nn src/trees src/ports src/planning src/control
refuse_match "Windows line ends in source" $'\r$' '*.cc' '*.h' '*.ts' '*.css' '*.sh' '*.cmake' '*CMakeLists.txt' '*.md'

((bad == 0)) && echo "check-tree: nothing forbidden in $(git ls-files | wc -l) files"
exit $bad
