#!/bin/sh
# Checks formatting of every source, and runs clang-tidy's allow-list (.clang-tidy) over src/ and apps/.
set -eu
cd "$(dirname "$0")/.."
git ls-files '*.h' '*.cpp' | xargs clang-format --dry-run --Werror
cmake --preset dev >/dev/null
git ls-files 'src/*.cpp' 'apps/*.cpp' | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p build/dev
