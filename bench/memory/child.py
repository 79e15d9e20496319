"""Runs a program as a child and watches its memory from outside."""
import dataclasses
import os
import pathlib
import re
import subprocess
import tempfile
import time

PERIOD = 0.004
TIMEOUT = 3600
USAGE = 2  # Weir's exit code for an option or a command that it does not have.


@dataclasses.dataclass
class Child:
    code: int
    out: str
    err: str
    peak_bytes: int  # The highest VmHWM seen, 0 if the child was gone before the first look.
    seconds: float
    capped: bool  # Ran under a control group's memory.max.

    def failure(self):
        """Why there is no number, in one line; nothing when it ended well."""
        if self.code == 0:
            return None
        lines = [line.strip() for line in self.err.splitlines() if line.strip()]
        if self.code == USAGE:
            return f"not available: {lines[0]}"
        return lines[-1] if lines else f"ended with code {self.code}"


def proc_bytes(pid, file, field):
    """A line of /proc/PID/FILE in bytes; 0 once the process is gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/{file}").read_text()
    except OSError:
        return 0
    found = re.search(rf"^{field}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


class Cap:
    """memory.max of a control group (v2) below this process's own, where one can be made."""

    def __init__(self, limit):
        self.group = None
        own = pathlib.Path("/sys/fs/cgroup", *self._own_group())
        group = own / f"weir-bench-{os.getpid()}"
        try:
            if "memory" not in (own / "cgroup.subtree_control").read_text().split():
                return
            group.mkdir()
            self.group = group
            (group / "memory.max").write_text(str(limit))
            (group / "memory.swap.max").write_text("0")
        except OSError:
            self.close()

    @staticmethod
    def _own_group():
        for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::"):
                return line[3:].strip("/").split("/")
        return []

    def around(self, arguments):
        """The command that moves itself into the group and becomes the program."""
        if self.group is None:
            return arguments
        move = 'echo $$ > "$0"; exec "$@"'
        return ["/bin/sh", "-c", move, str(self.group / "cgroup.procs"), *arguments]

    def close(self):
        if self.group is not None:
            self.group.rmdir()
            self.group = None


def run(arguments, *, limit=None, input=None):
    """Runs to the end, looking every few milliseconds. VmHWM is the kernel's own high-water mark, so
    only what is new in the last milliseconds can be missed. `limit` caps it where that is possible;
    `input` is the text of its standard input."""
    arguments = [str(argument) for argument in arguments]
    cap = Cap(limit) if limit else None
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, \
            tempfile.TemporaryFile() as err:
        given.write((input or "").encode())
        given.seek(0)
        start = time.perf_counter()
        child = subprocess.Popen(cap.around(arguments) if cap else arguments, stdin=given,
                                 stdout=out, stderr=err)
        peak = watch(child)
        seconds = time.perf_counter() - start
        capped = bool(cap and cap.group)
        if cap:
            cap.close()
        return Child(child.returncode, text_of(out), text_of(err), peak, seconds, capped)


def watch(child):
    """Popen returns once the child runs its program, so nothing of this process is seen here."""
    peak, end = 0, time.monotonic() + TIMEOUT
    while child.poll() is None:
        peak = max(peak, proc_bytes(child.pid, "status", "VmHWM"))
        if time.monotonic() > end:
            child.kill()
        time.sleep(PERIOD)
    return peak


def text_of(file):
    file.seek(0)
    return file.read().decode(errors="replace")
