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


def burst(pages):
    """Fills and frees many blocks below a small one that stays: the top of the heap cannot fall."""
    blocks = []
    for _ in range(pages):
        block = libc.malloc(60_000)
        libc.memset(block, 1, 60_000)
        blocks.append(block)
    libc.malloc(64)
    for block in blocks:
        libc.free(block)


for step in range(120):
    burst(20 + 6 * step)
    time.sleep(0.06)
