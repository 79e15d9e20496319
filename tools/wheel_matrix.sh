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

# A wheel is built with NumPy 2, which the same wheel does not need to run; pyarrow does from 26 on.
try() {
  python=$1 version=$2 venvs=build/python-matrix/$2
  mkdir -p "$venvs" &&
    "$python" -m venv "$venvs/numpy-2" &&
    "$venvs/numpy-2/bin/pip" install --quiet -r python/requirements.txt &&
    tools/wheel.sh "$venvs/numpy-2" || return 1
  [ "$version" != 3.13 ] || return 0
  "$python" -m venv "$venvs/numpy-1.26" &&
    "$venvs/numpy-1.26/bin/pip" install --quiet -r python/tests/requirements.txt 'numpy==1.26.*' \
      'pyarrow<26' &&
    tools/test_wheel.sh "$venvs/numpy-1.26" "$venvs/numpy-2/wheels/whole"/*.whl
}

passed="" failed=""
for version in 3.10 3.11 3.12 3.13; do
  python=$(find_python "$version")
  [ -n "$python" ] || continue
  echo "wheel_matrix: Python $version"
  if try "$python" "$version"; then passed="$passed $version"; else failed="$failed $version"; fi
done
echo "wheel_matrix: passed:${passed:- none}${failed:+; failed:$failed}"
[ -n "$passed" ] && [ -z "$failed" ]
