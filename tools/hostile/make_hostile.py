"""Makes the malformed model files in tests/hostile, and expected.json, which says how each must fail.

    python tools/hostile/make_hostile.py

Needs h5py and numpy; gives the same bytes every time. expected.json has for each file the error's
code, a phrase that its message must have, and the stage at which it must fail: "load" (reading the
file), "build" (making a graph of it) or "compiled" (reading a `.weir`).
"""

import json
import pathlib

import compiled_files
import configs
import hdf5_files
import zip_files

FILES = pathlib.Path(__file__).parents[2] / "tests" / "hostile"


def main():
    FILES.mkdir(parents=True, exist_ok=True)
    expected = {}
    for family in (zip_files, configs, hdf5_files, compiled_files):
        for case in family.cases():
            if case.name in expected:
                raise ValueError(f"two cases are named {case.name}")
            (FILES / case.name).write_bytes(case.data)
            expected[case.name] = {"code": case.code, "phrase": case.phrase, "stage": case.stage}
    for path in FILES.iterdir():
        if path.name not in expected and path.suffix in (".keras", ".h5", ".weir"):
            path.unlink()
    (FILES / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
