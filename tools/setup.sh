#!/bin/sh
# Installs what building and testing Weir needs on Debian 12, and the packages it is given, through apt.
# Does nothing, and does not touch apt, when every package is already there.
set -eu

# Clang's sanitizers and libFuzzer (libclang-rt-dev) do not come with clang by themselves.
packages="cmake ninja-build pkg-config g++ ccache clang libclang-rt-dev clang-format clang-tidy
  libhwy-dev libdw-dev zlib1g-dev nlohmann-json3-dev libcli11-dev libfmt-dev
  libgtest-dev libgmock-dev libbenchmark-dev
  python3-dev python3-venv"
# The tests of the report page run in it, where npm is there to build the page.
if command -v npm >/dev/null; then packages="$packages chromium"; fi
packages="$packages $*"

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

say() {
  echo "setup: $*"
}

fail() {
  echo "setup: $*" >&2
  exit 1
}

command -v dpkg-query >/dev/null || fail "this script needs Debian's dpkg and apt-get; install by hand:" $packages

missing=""
for package in $packages; do
  is_installed "$package" || missing="$missing $package"
done

if [ -z "$missing" ]; then
  say "every package is already installed"
  exit 0
fi

if [ "$(id -u)" -eq 0 ]; then
  as_root="env"
elif command -v sudo >/dev/null; then
  as_root="sudo env"
else
  fail "installing needs root or sudo, and neither is there; as root run: apt-get install$missing"
fi

# Only one apt may run at a time; wait for another to finish instead of failing.
apt="$as_root DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300"

say "installing$missing"
$apt update || say "the package lists could not be refreshed; trying with those at hand"
$apt install -y --no-install-recommends $missing >/dev/null ||
  fail "apt-get could not install$missing"
say "done"
