"""The agent's record: JSON lines, each written whole, so that what a killed program leaves is readable."""

import json
import os
import traceback


class Record:
    """A file of JSON lines. A line costs one write; nothing is buffered in the program."""

    def __init__(self, path):
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._identity = self._seen()
        self.open = True

    def _seen(self):
        try:
            status = os.fstat(self._file)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def write(self, kind, /, **fields):
        if self.open:
            # A program may close all files it does not know, and get our number for one of its own.
            if self._seen() != self._identity:
                self.open = False
                return
            line = json.dumps({"type": kind, **fields}, separators=(",", ":"), default=str)
            os.write(self._file, line.encode("utf-8", "replace") + b"\n")

    def trouble(self, where):
        """Says which part of the agent failed, and how. Called while the exception is handled."""
        try:
            self.write("trouble", where=where, message=traceback.format_exc(limit=-4))
        except Exception:
            self.open = False

    def close(self):
        if self.open:
            self.open = False
            if self._seen() == self._identity:
                os.close(self._file)


class Thinned:
    """Says which of an endless series of events to keep: all at first, then every 2nd, 4th, …

    The number kept grows with the logarithm of the number of events.
    """

    def __init__(self, dense):
        self._dense = dense
        self._seen = 0
        self._kept = 0
        self._distance = 1

    def keeps(self):
        self._seen += 1
        if self._seen % self._distance:
            return False
        self._kept += 1
        if self._kept == self._dense:
            self._kept = self._dense // 2
            self._distance *= 2
        return True
