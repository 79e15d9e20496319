"""Rows for a model, as a camera, a tokenizer or a table would give them."""
import numpy as np

SEED = 20
VOCABULARY = 8000
FREE_SIZE = 64  # Of an axis that the model leaves free.
BLOCKS = 8


def make_rows(shape, dtype, count):
    """`count` rows of a shape (None for a free axis) for an input of this type: images in bytes."""
    random = np.random.default_rng(SEED)
    shape = (count, *(size or FREE_SIZE for size in shape))
    if dtype.startswith("int"):
        return random.integers(0, VOCABULARY, shape, dtype=np.int32)
    return images(random, shape) if len(shape) == 4 else random.normal(size=shape).astype(np.float32)


def images(random, shape):
    """Noisy blocks of colours: of noise alone, all images are alike to a network."""
    count, height, width, channels = shape
    blocks = random.integers(0, 200, (count, BLOCKS, BLOCKS, channels), dtype=np.uint8)
    large = blocks.repeat(height // BLOCKS, axis=1).repeat(width // BLOCKS, axis=2)
    return large + random.integers(0, 56, shape, dtype=np.uint8)
