# verdict: allocator
# cause: allocator
"""Frees everything, in an order that leaves the heap full of holes which glibc does not give back."""

import ctypes
import time

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]


def burst(pages, last):
    """Fills and frees many blocks below one that stays until the next burst: the heap cannot shrink."""
    blocks = []
    for _ in range(pages):
        block = libc.malloc(60_000)
        libc.memset(block, 1, 60_000)
        blocks.append(block)
    libc.free(last)
    for block in blocks[:-1]:
        libc.free(block)
    return blocks[-1]


last = None
for step in range(150):
    last = burst(20 + 12 * step, last)
    time.sleep(0.06)
