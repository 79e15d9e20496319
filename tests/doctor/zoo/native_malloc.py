# verdict: leak
# cause: native_leak
"""A C library that is asked for a buffer every step, and never given it back."""

import ctypes

import keras
import numpy as np

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]


def native_buffer(size):
    buffer = libc.malloc(size)  # culprit
    libc.memset(buffer, 1, size)
    return size


model = keras.Sequential([keras.Input((32,)), keras.layers.Dense(64)])
rows = np.ones((8, 32), "float32")
for step in range(200):
    model.predict_on_batch(rows)
    native_buffer(100_000)
