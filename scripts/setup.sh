#!/usr/bin/env bash
# Installs the Debian packages that the build and the tests need, and only those that are missing. A second run asks
# dpkg once and is done. `setup.sh lint` adds the formatter and the linter, `setup.sh test` what only tests need.
set -euo pipefail

packages=(
  ca-certificates
  cmake ninja-build g++ pkg-config ccache
  libeigen3-dev libhdf5-dev nlohmann-json3-dev libyaml-cpp-dev libical-dev libhowardhinnant-date-dev
  libcurl4-openssl-dev zlib1g-dev libpugixml-dev prometheus-cpp-dev
  libspdlog-dev libfmt-dev libcli11-dev libexpected-dev libssl-dev
  libgtest-dev libgmock-dev libbenchmark-dev librapidcheck-dev
  tzdata python3 python3-venv
)
for extra in "$@"; do
  case "$extra" in
    lint) packages+=(clang-format clang-tidy) ;;  # clang-tidy is what runs the Thread Safety Analysis too
    test)
      packages+=(prometheus)  # with promtool
      # Ubuntu has Chromium as a snap only, and VictoriaMetrics not in every release; tests that need them are then left out.
      grep -qs '^ID=ubuntu' /etc/os-release || packages+=(chromium victoria-metrics)
      ;;
    *) echo "setup.sh: unknown argument '$extra' (expected: lint or test)" >&2; exit 2 ;;
  esac
done

# Any Node.js from version 18 on will do, wherever it came from; Debian's own otherwise.
has_node() {
  command -v npm >/dev/null && command -v node >/dev/null &&
    [[ "$(node --version 2>/dev/null)" =~ ^v([0-9]+) ]] && ((BASH_REMATCH[1] >= 18))
}
has_node || packages+=(nodejs npm)

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup.sh: this is not a Debian or Ubuntu system, so nothing is installed for you." >&2
  echo "  Install the equivalents of: ${packages[*]}" >&2
  echo "  and build with: cmake -S . -B build -G Ninja && ninja -C build" >&2
  exit 1
fi

missing_packages() {
  comm -13 <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null |
    sed -n 's/^installed //p' | sort -u) <(printf '%s\n' "${packages[@]}" | sort -u)
}
mapfile -t missing < <(missing_packages)
((${#missing[@]} == 0)) && exit 0

install_command="apt-get update && apt-get install --no-install-recommends ${missing[*]}"
echo "Installing ${#missing[@]} missing Debian packages: ${missing[*]}"

as_root=()
if (($(id -u) != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "setup.sh: not root, and there is no sudo. Run this as root, then try again:" >&2
    echo "  $install_command" >&2
    exit 1
  fi
  as_root=(sudo)
  [[ -t 0 ]] || as_root=(sudo -n)  # nobody is there to type a password
  if ! "${as_root[@]}" true; then
    echo "setup.sh: sudo was refused. Run this as root, then try again:" >&2
    echo "  $install_command" >&2
    exit 1
  fi
fi

apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
updated=yes
apt update >"$log" 2>&1 || updated=no
if ! apt install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
  tail -n 15 "$log" >&2
  echo >&2
  echo "setup.sh: apt-get could not install the packages (its last words are above)." >&2
  [[ $updated == yes ]] ||
    echo "  The package lists could not be refreshed either: is this machine online, and are its apt sources right?" >&2
  echo "  By hand, as root: $install_command" >&2
  exit 1
fi
# The tests start servers of their own. One that this installation began as a service is not wanted.
for service in prometheus victoria-metrics; do
  if [[ " ${missing[*]} " == *" $service "* && -d /run/systemd/system ]]; then
    "${as_root[@]}" systemctl disable --now --quiet "$service" || true
  fi
done
has_node || { echo "setup.sh: Node.js 18 or newer with npm is needed; found: $(node --version 2>&1)" >&2; exit 1; }
