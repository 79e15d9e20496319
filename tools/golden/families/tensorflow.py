"""Functions of TensorFlow that Keras 2 recorded as layers (see keras2.py)."""

from families.legacy import FILES, Keras2Case

MODELS = (
    "tensorflow_matrices",
    "tensorflow_counts",
    "tensorflow_sizes",
    "tensorflow_gathered",
    "tensorflow_images",
    "tensorflow_resized_bytes",
    "tensorflow_elements",
    "tensorflow_parts",
)

CASES = [Keras2Case(name, file, MODELS) for name in MODELS for file in FILES]
