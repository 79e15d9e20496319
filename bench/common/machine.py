"""What the numbers were taken on."""
import hashlib
import importlib.metadata
import os
import pathlib
import platform
import re
import subprocess

PACKAGES = ("keras", "tensorflow-cpu", "onnxruntime", "openvino", "ai-edge-litert",
            "torch", "sofie", "numpy")
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
        "packages": versions(),
    }


def versions():
    """Of those that are installed: a contender that is not has no numbers."""
    found = {d.metadata["Name"].replace("_", "-"): d.version
             for d in importlib.metadata.distributions()}
    return {name: found[name] for name in PACKAGES if name in found}


def version_of(weir):
    done = subprocess.run([weir, "--version"], check=False, capture_output=True, text=True)
    return done.stdout.strip() or "of this tree"


def fingerprint(program):
    """Tells builds of one version apart."""
    return hashlib.sha256(pathlib.Path(program).read_bytes()).hexdigest()[:12]


def machine_lines(machine):
    """What a reader needs to judge the numbers."""
    sets = ", ".join(machine["instruction_sets"])
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    hardware = f"{machine['processor']}, {machine['cores']} cores ({sets})"
    return [f"- Machine: {hardware}, {machine['memory_bytes'] / 1e9:.1f} GB, {machine['kernel']}",
            f"- Weir: {machine['weir']}; peers: {packages}; Python {machine['python']}"]
