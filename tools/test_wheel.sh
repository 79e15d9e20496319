#!/bin/sh
# Installs a wheel of the Python package in a virtual environment, and tests it there:
#     tools/test_wheel.sh VENV WHEEL
# VENV has what python/tests/requirements.txt says.
set -eu
cd "$(dirname "$0")/.."
venv=$(realpath "$1")
bin=$venv/bin
wheel=$2

"$bin/pip" uninstall --quiet --yes keras-weir
"$bin/pip" install --quiet "$wheel"

package=$(cd / && "$bin/python" -c 'import weir; print(*weir.__path__)')
missing=$(ldd "$package"/_core.*.so "$package/weir" | grep '=>' |
  grep -vE '/keras_weir\.libs/|lib(c|m|z|stdc\+\+|gcc_s)\.so' || true)
[ -z "$missing" ] || { echo "test_wheel: $wheel lacks$missing" >&2; exit 1; }

"$bin/python" -m unittest discover --start-directory python/tests
"$bin/mypy" --strict --cache-dir "$venv/mypy" python/tests/typed_program.py
