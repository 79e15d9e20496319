"""Functions of TensorFlow that Keras 2 recorded as layers: of matrices, and that count (see keras2.py)."""

from families.legacy import FILES, Keras2Case

MODELS = ("tensorflow_matrices", "tensorflow_counts")

CASES = [Keras2Case(name, file, MODELS) for name in MODELS for file in FILES]
