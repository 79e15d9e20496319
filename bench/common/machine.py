"""What the numbers were taken on."""
import hashlib
import importlib.metadata
import os
import pathlib
import platform
import re
import subprocess

PACKAGES = ("keras", "tensorflow-cpu", "onnxruntime", "openvino", "ai-edge-litert", "numpy")
INSTRUCTION_SETS = ("avx2", "avx512f", "amx_tile", "asimd", "sve")


def field(file, name):
    found = re.search(rf"^{name}\s*:\s*(.*)$", pathlib.Path(file).read_text(), re.MULTILINE)
    return found[1].strip() if found else ""


def describe(weir):
    flags = (field("/proc/cpuinfo", "flags") or field("/proc/cpuinfo", "Features")).split()
    return {
        "processor": field("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "instruction_sets": [name for name in INSTRUCTION_SETS if name in flags],
        "memory_bytes": int(field("/proc/meminfo", "MemTotal").split()[0]) * 1024,
        "kernel": platform.system() + " " + ".".join(platform.release().split(".")[:2]),
        "python": platform.python_version(),
        "weir": version_of(weir),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def version_of(weir):
    done = subprocess.run([weir, "--version"], check=False, capture_output=True, text=True)
    return done.stdout.strip() or "of this tree"


def fingerprint(program):
    """Tells builds of one version apart."""
    return hashlib.sha256(pathlib.Path(program).read_bytes()).hexdigest()[:12]
