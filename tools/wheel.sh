#!/bin/sh
# Builds the wheel of the Python package into dist/, and tests it where it is installed:
#     tools/wheel.sh VENV
# VENV is a virtual environment that has what python/requirements.txt says.
set -eu
cd "$(dirname "$0")/.."
venv=$(realpath "$1")
bin=$venv/bin
built=$venv/wheels/built
whole=$venv/wheels/whole

# The names by which CMake finds the compilers in other builds, and not the names that Python was
# built with: ccache takes g++ for another compiler than c++.
export CC="${CC:-cc}" CXX="${CXX:-c++}"

rm -rf "$venv/wheels"
"$bin/pip" wheel --quiet --no-deps --no-build-isolation --wheel-dir "$built" .
# Puts in the shared libraries that not every Linux has, and names the oldest glibc that will do.
PATH="$bin:$PATH" "$bin/auditwheel" repair --wheel-dir "$whole" "$built"/*.whl
mkdir -p dist
cp "$whole"/*.whl dist/
tools/test_wheel.sh "$venv" "$whole"/*.whl
