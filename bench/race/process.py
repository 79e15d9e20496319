"""A contender's process: asked a line, it answers a line. Stopped whenever it is not asked."""
import json
import os
import select
import signal
import subprocess
import tempfile

TIMEOUT = 1800  # Seconds; to get ready, or for an answer.


class Failed(Exception):
    """Why a contender is out, in a line."""


class Process:
    """Stopped means SIGSTOP: pools of threads spin for a while when they have nothing to do, and
    would take the time of whose turn it is. It has a process group of its own, which the kernel
    continues and hangs up if the race ends without `close`."""

    def __init__(self, command, environment=None):
        self._errors = tempfile.TemporaryFile()
        self._child = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=self._errors,
                                       env=environment, preexec_fn=os.setpgrp)
        self._read_and_stop()

    def ask(self, *words):
        self._child.send_signal(signal.SIGCONT)
        try:
            self._child.stdin.write((" ".join(map(str, words)) + "\n").encode())
            self._child.stdin.flush()
        except BrokenPipeError:
            raise Failed(self._reason()) from None
        return self._read_and_stop()

    def close(self):
        self._child.kill()
        self._child.wait()
        for file in (self._child.stdin, self._child.stdout, self._errors):
            file.close()

    def _read_and_stop(self):
        """An answer is less than a pipe holds and comes in one piece."""
        ready, _, _ = select.select([self._child.stdout], [], [], TIMEOUT)
        if not ready:
            self._child.kill()
            raise Failed(f"no answer within {TIMEOUT} s")
        line = self._child.stdout.readline()
        if not line:
            raise Failed(self._reason())
        self._child.send_signal(signal.SIGSTOP)
        return json.loads(line)

    def _reason(self):
        code = self._child.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else f"ended with code {code}"
