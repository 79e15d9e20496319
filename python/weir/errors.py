"""The exceptions of Weir: each is `weir.Error`, and the exception that Python has for its kind.

>>> import weir
>>> try:
...     weir.load_model("missing.keras")
... except FileNotFoundError as error:
...     print(isinstance(error, weir.Error), error.code)
True not found
"""
from __future__ import annotations


class Error(Exception):
    """What every exception of Weir is.

    Attributes:
        code: what kind it is, in words: "invalid argument", "not found", "input/output",
            "malformed", "unsupported", "limit", "cancelled" or "internal".
        file, layer, tensor: where it went wrong; "" where that is unknown or does not apply.

    >>> import weir
    >>> try:
    ...     weir.load_model("examples/digits/images.npy")
    ... except weir.Error as error:
    ...     error.code, error.file, error.layer
    ('malformed', 'examples/digits/images.npy', '')
    """

    code: str = "internal"
    file: str = ""
    layer: str = ""
    tensor: str = ""


class InvalidArgumentError(Error, ValueError):
    """Something was asked for that makes no sense, as an input of another shape.

    >>> import weir
    >>> weir.load_model("examples/digits/digits.keras", memory_limit="much")
    Traceback (most recent call last):
    weir.errors.InvalidArgumentError: 'much' is no size; write it like 256MiB
    """

    code = "invalid argument"


class NotFoundError(Error, FileNotFoundError):
    """A file, a layer or a tensor that was named does not exist.

    >>> import weir
    >>> weir.load_model("missing.keras")
    Traceback (most recent call last):
    weir.errors.NotFoundError: ...
    """

    code = "not found"


class IoError(Error, OSError):
    """The operating system refused: permission, full disk, closed pipe.

    >>> import weir
    >>> weir.load_model("/dev/null")
    Traceback (most recent call last):
    weir.errors.IoError: ...
    """

    code = "input/output"


class MalformedError(Error, ValueError):
    """Bytes from outside do not follow their format.

    >>> import weir
    >>> weir.load_model("examples/digits/images.npy")
    Traceback (most recent call last):
    weir.errors.MalformedError: ...
    """

    code = "malformed"


class UnsupportedError(Error, NotImplementedError):
    """A valid model or request that needs something Weir does not have.

    >>> import weir
    >>> issubclass(weir.UnsupportedError, NotImplementedError)
    True
    """

    code = "unsupported"


class LimitError(Error, MemoryError):
    """A memory limit, of the caller's or of the machine, cannot be met.

    >>> import weir
    >>> weir.load_model("examples/digits/digits.keras", memory_limit="1MiB")
    Traceback (most recent call last):
    weir.errors.LimitError: ...
    """

    code = "limit"


class CancelledError(Error, RuntimeError):
    """The caller asked to stop.

    >>> import weir
    >>> issubclass(weir.CancelledError, RuntimeError)
    True
    """

    code = "cancelled"


class InternalError(Error, RuntimeError):
    """A bug in Weir.

    >>> import weir
    >>> issubclass(weir.InternalError, RuntimeError)
    True
    """


_BY_CODE: dict[str, type[Error]] = {kind.code: kind for kind in Error.__subclasses__()}


def from_code(code: str, message: str, file: str, layer: str, tensor: str) -> Error:
    """The exception for an error of the C++ library.

    >>> from_code("limit", "too little", "a.keras", "dense", "")
    LimitError('too little')
    """
    error = _BY_CODE.get(code, InternalError)(message)
    error.file, error.layer, error.tensor = file, layer, tensor
    return error
