"""What the operating system and the C allocator say about this process's memory."""

import ctypes
import os
import sys

_STATUS = {b"VmHWM": "peak", b"VmRSS": "resident", b"RssFile": "file"}
_PAGE = os.sysconf("SC_PAGE_SIZE")


class _Mallinfo2(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
        )
    ]


class Memory:
    """Resident bytes from /proc, live and free bytes from glibc's books (None with another allocator)."""

    def __init__(self):
        self._statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        libc = ctypes.CDLL(None)
        self._books = getattr(libc, "mallinfo2", None)
        self._trim = getattr(libc, "malloc_trim", None)
        if self._books is not None:
            self._books.restype = _Mallinfo2

    def resident(self):
        return int(os.pread(self._statm, 128, 0).split()[1]) * _PAGE

    def books(self, blocks=None):
        """(live, free): bytes in use by the program, and bytes it freed that the allocator holds.

        Python's own small objects lie in arenas that the books do not know; their blocks are
        counted with 64 bytes each, about what CPython's are on average. To count them costs as much
        as all the rest, so who has counted gives their number.
        """
        if self._books is None:
            return None, None
        books = self._books()
        small = 64 * (sys.getallocatedblocks() if blocks is None else blocks)
        return books.uordblks + books.hblkhd + small, books.fordblks

    def live(self):
        books = self._books() if self._books is not None else None
        return 0 if books is None else books.uordblks + books.hblkhd

    def of_process(self):
        """Resident bytes, the most there ever were, and those that are pages of files: the system may
        take these back, and does when it needs them."""
        found = dict.fromkeys(_STATUS.values(), 0)
        with open("/proc/self/status", "rb") as status:
            for line in status:
                name, _, rest = line.partition(b":")
                if name in _STATUS:
                    found[_STATUS[name]] = int(rest.split()[0]) * 1024
        return found

    def trim(self):
        """Gives the allocator's free memory back, if it is glibc's; returns whether it did anything."""
        return self._trim is not None and bool(self._trim(0))
