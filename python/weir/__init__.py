"""Keras models, predicted as a stream in memory that is known beforehand.

>>> import numpy as np, weir
>>> model = weir.load_model("examples/digits/digits.keras", threads=2)
>>> model.predict(np.zeros((3, 8, 8, 1), "float32")).shape
(3, 10)
"""
from weir._callbacks import RetentionWarning
from weir._custom import register_layer
from weir._device import Device, devices
from weir._growth import Growth, judge_growth
from weir._metric import Metric
from weir._model import Model, compile, from_keras, load_model, profile
from weir._plan import Plan
from weir._profile import Profile
from weir._step import step
from weir.errors import (CancelledError, Error, InternalError, InvalidArgumentError, IoError,
                         LimitError, MalformedError, NotFoundError, UnsupportedError)

__all__ = ["CancelledError", "Device", "Error", "Growth", "InternalError", "InvalidArgumentError",
           "IoError", "LimitError", "MalformedError", "Metric", "Model", "NotFoundError", "Plan",
           "Profile", "RetentionWarning", "UnsupportedError", "compile", "devices", "from_keras",
           "judge_growth", "load_model", "profile", "register_layer", "step"]
