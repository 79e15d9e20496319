"""Starts the doctor's agent in a program that is run under `weir doctor`, then gets out of the way.

The folder of this file stands first in PYTHONPATH, and the tracer in LD_PRELOAD. They are taken off
again at once, so that the program, another sitecustomize that it may have, and the programs that it
starts see the paths they would see without them.
"""

import importlib.util
import os
import sys


def _take_off(folder):
    sys.path[:] = [path for path in sys.path if path != folder]
    if os.environ.get("WEIR_DOCTOR_FOLLOW"):
        return
    _take_from("PYTHONPATH", folder)
    _take_from("LD_PRELOAD", os.environ.get("WEIR_DOCTOR_TRACER"))


def _take_from(variable, entry):
    rest = [e for e in os.environ.get(variable, "").split(os.pathsep) if e and e != entry]
    if rest:
        os.environ[variable] = os.pathsep.join(rest)
    else:
        os.environ.pop(variable, None)


def _load_agent(folder):
    # By its place, under a name of its own: importing the package weir would load its library.
    package = os.path.dirname(folder)
    spec = importlib.util.spec_from_file_location(
        "weir_doctor_agent",
        os.path.join(package, "__init__.py"),
        submodule_search_locations=[package],
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["weir_doctor_agent"] = module
    spec.loader.exec_module(module)
    return module


def _run_other():
    own = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # noqa: F401
    except ImportError:
        if own is not None:
            sys.modules["sitecustomize"] = own


_folder = os.path.dirname(os.path.abspath(__file__))
_take_off(_folder)
if os.environ.get("WEIR_DOCTOR_OUT"):
    try:
        _load_agent(_folder).start()
    except Exception:  # The program must run as if nobody watched.
        pass
_run_other()
