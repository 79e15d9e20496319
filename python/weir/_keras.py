"""A model of Keras as the bytes of its file, without the file."""
from __future__ import annotations

import io
import sys
from typing import Any


def saved_bytes(keras_model: Any) -> bytes:
    """What `keras_model.save` would write: `.keras` from Keras 3, `.h5` from Keras 2."""
    file = io.BytesIO()
    keras = sys.modules.get("keras")
    if keras is not None and isinstance(keras_model, keras.Model) and keras.__version__ >= "3":
        from keras.src.saving import saving_lib  # Its public form takes a path only.

        saving_lib.save_model(keras_model, file)
        return file.getvalue()
    import h5py

    with h5py.File(file, "w") as h5:
        keras_model.save(h5)
    return file.getvalue()
