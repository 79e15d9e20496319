#!/bin/sh
# Builds and tests a wheel for each Python from 3.10 on that is found (on the path, or pyenv's), with
# NumPy 1.26, the oldest that the package takes, where that exists (before 3.13), and with the newest 2.
# Says what passed; fails if anything did, or if no Python was found.
set -eu
cd "$(dirname "$0")/.."
pyenv_versions=${PYENV_ROOT:-$HOME/.pyenv}/versions

find_python() {
  for python in "$pyenv_versions/$1".*/bin/python "$(command -v "python$1" || true)"; do
    "$python" -c 'import ensurepip' 2>/dev/null && echo "$python" && return
  done
}

try() {
  python=$1 numpy=$2 venv=$3
  "$python" -m venv "$venv" &&
    "$venv/bin/pip" install --quiet -r python/requirements.txt "numpy==$numpy" &&
    tools/wheel.sh "$venv"
}

passed="" failed=""
for version in 3.10 3.11 3.12 3.13; do
  python=$(find_python "$version")
  [ -n "$python" ] || continue
  for numpy in '1.26.*' '2.*'; do
    [ "$version $numpy" != '3.13 1.26.*' ] || continue
    name="Python $version, NumPy $numpy"
    echo "wheel_matrix: $name"
    if try "$python" "$numpy" "build/python-matrix/$version-numpy-${numpy%%.*}"; then
      passed="$passed
  $name"
    else
      failed="$failed
  $name"
    fi
  done
done
echo "wheel_matrix: passed:${passed:- none}"
[ -z "$failed" ] || { echo "wheel_matrix: failed:$failed" >&2; exit 1; }
[ -n "$passed" ]
