#!/bin/sh
# Checks formatting of every source, and runs clang-tidy's allow-list (.clang-tidy) over src/ and apps/.
# Each source by what it includes itself, without the headers that builds precompile.
set -eu
cd "$(dirname "$0")/.."
git ls-files '*.h' '*.cpp' | xargs clang-format --dry-run --Werror
cmake --preset dev -B build/lint -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
git ls-files 'src/*.cpp' 'apps/*.cpp' | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p build/lint
