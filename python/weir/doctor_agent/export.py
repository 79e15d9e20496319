"""The program's model as a file, for `weir doctor --try-weir`."""

import os

# The first call of a model builds and traces; after some more the program is in its loop.
_AFTER_CALLS = 3


class Export:
    """Saves the model that the program calls, once, while it is alive: functions have let go of
    theirs when the program ends. Does nothing unless it was asked for."""

    def __init__(self, record):
        self._record = record
        self._path = os.environ.get("WEIR_DOCTOR_EXPORT", "")
        self._calls = 0

    def called(self, model, data, rows):
        """A call of the model with `rows` rows of `data` begins."""
        if not self._path:
            return
        self._calls += 1
        if self._calls < _AFTER_CALLS or not hasattr(model, "save"):
            return
        path, self._path = self._path, ""
        shape = [int(axis) for axis in getattr(data, "shape", ())[1:] if axis]
        fields = {"model": str(getattr(model, "name", "")), "rows": rows, "shape": shape}
        try:
            model.save(path)
        except Exception as error:
            self._record.write("exported", file="", trouble=f"{type(error).__name__}: {error}", **fields)
        else:
            self._record.write("exported", file=path, trouble="", **fields)
