"""The exceptions of Weir: each is `weir.Error`, and the exception that Python has for its kind.

>>> import weir
>>> try:
...     weir.load_model("missing.keras")
... except FileNotFoundError as error:
...     print(isinstance(error, weir.Error), error.code)
True not found
"""


class Error(Exception):
    """What every exception of Weir is.

    Attributes:
        code: what kind it is, in words: "invalid argument", "not found", "input/output", "malformed",
            "unsupported", "limit", "cancelled" or "internal".
        file, layer, tensor: where it went wrong; "" where that is unknown or does not apply.
    """

    code = "internal"
    file = layer = tensor = ""


class InvalidArgumentError(Error, ValueError):
    """Something was asked for that makes no sense, as an input of another shape."""

    code = "invalid argument"


class NotFoundError(Error, FileNotFoundError):
    """A file, a layer or a tensor that was named does not exist."""

    code = "not found"


class IoError(Error, OSError):
    """The operating system refused: permission, full disk, closed pipe."""

    code = "input/output"


class MalformedError(Error, ValueError):
    """Bytes from outside do not follow their format."""

    code = "malformed"


class UnsupportedError(Error, NotImplementedError):
    """A valid model or request that needs something Weir does not have."""

    code = "unsupported"


class LimitError(Error, MemoryError):
    """A memory limit, of the caller's or of the machine, cannot be met."""

    code = "limit"


class CancelledError(Error, RuntimeError):
    """The caller asked to stop."""

    code = "cancelled"


class InternalError(Error, RuntimeError):
    """A bug in Weir."""


_BY_CODE = {kind.code: kind for kind in Error.__subclasses__()}


def from_code(code, message, file, layer, tensor):
    """The exception for an error of the C++ library."""
    error = _BY_CODE.get(code, InternalError)(message)
    error.file, error.layer, error.tensor = file, layer, tensor
    return error
