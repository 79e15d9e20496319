"""`Model.predict_stream`: batches in, predictions out, in constant memory."""
import collections
import sys
import threading

import numpy as np

# What `sys.getrefcount` says of a buffer that a list alone holds; it differs between Pythons.
_one = [np.empty(1)]
_HELD_BY_NOBODY = sys.getrefcount(_one[0])


class Ring:
    """Buffers for batches of predictions, used again as soon as nobody holds a batch that lies in
    them. One that somebody keeps becomes theirs, and a fresh one takes its place.

    Two are enough for a loop: its variable holds the last batch while the next one is made.
    """

    SIZE = 2

    def __init__(self):
        self._buffers = collections.deque()

    def take(self, shapes, dtypes):
        """An array of each shape. Whatever was in it before is gone once it is written."""
        room = [(max(shape[0], 1), *shape[1:]) for shape in shapes]
        buffers = self._free(room) or [np.empty(shape, dtype)
                                       for shape, dtype in zip(room, dtypes)]
        self._buffers.append(buffers)
        while len(self._buffers) > self.SIZE:
            self._buffers.popleft()
        return [buffer[:shape[0]] for buffer, shape in zip(buffers, shapes)]

    def _free(self, room):
        for at, buffers in enumerate(self._buffers):
            fits = all(buffer.shape[1:] == shape[1:] and len(buffer) >= shape[0]
                       for buffer, shape in zip(buffers, room))
            # By index: a variable of its own would hold the buffer as well.
            if fits and all(sys.getrefcount(buffers[i]) == _HELD_BY_NOBODY
                            for i in range(len(buffers))):
                del self._buffers[at]
                return buffers
        return None


class ReadAhead:
    """Takes items from an iterable in a thread of its own, at most `size` before they are wanted."""

    def __init__(self, items, size):
        self._items = items
        self._size = size
        self._ready = collections.deque()
        self._changed = threading.Condition()
        self._ended = self._closed = False
        self._error = None
        self._thread = threading.Thread(target=self._read, name="weir reader", daemon=True)
        self._thread.start()

    def __iter__(self):
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ready or self._ended)
                if not self._ready:
                    break
                item = self._ready.popleft()
                self._changed.notify_all()
            yield item
            del item  # Before the next is waited for.
        if self._error is not None:
            raise self._error

    def close(self):
        """The reader stops at once, or as soon as the iterable gives the item it is asked for."""
        with self._changed:
            self._closed = True
            self._ready.clear()
            self._changed.notify_all()

    def _read(self):
        try:
            for item in self._items:
                with self._changed:
                    self._changed.wait_for(lambda: len(self._ready) < self._size or self._closed)
                    if self._closed:
                        break
                    self._ready.append(item)
                    self._changed.notify_all()
                del item
        except BaseException as error:  # Whatever it is, it is the consumer's to see.
            self._error = error
        finally:
            if self._closed and hasattr(self._items, "close"):
                self._items.close()
            with self._changed:
                self._ended = True
                self._changed.notify_all()


def batches(source, model, batch_size):
    """Lists of one C-ordered array for each input. Single samples are put together to batches; of
    the tuples (x, y) and (x, y, weights) x is taken, as Keras does."""
    if isinstance(source, np.ndarray):
        for first in range(0, len(source), batch_size):
            yield model._arrays(source[first:first + batch_size])
        return
    samples = []
    rank = len(model._core.inputs[0][2])
    for item in source:
        x = item[0] if isinstance(item, tuple) else item
        arrays = model._arrays([x] if isinstance(x, list) and len(model._core.inputs) == 1 else x)
        if arrays[0].ndim >= rank:
            yield arrays
            continue
        samples.append(arrays)
        if len(samples) == batch_size:
            yield _together(samples)
            samples = []
    if samples:
        yield _together(samples)


def _together(samples):
    return [np.stack(arrays) for arrays in zip(*samples)]


def predict_stream(model, source, batch_size, prefetch):
    """See `Model.predict_stream`."""
    specs = model._core.outputs
    dtypes = [dtype for _, dtype, _ in specs]
    ring = Ring()
    ahead = ReadAhead(batches(source, model, batch_size), prefetch)
    try:
        for inputs in ahead:
            predictor = model._open_predictor()
            shapes = predictor.output_shapes([array.shape for array in inputs])
            outputs = ring.take(shapes, dtypes)
            predictor.run(inputs, outputs)
            del inputs
            result = outputs[0] if len(specs) == 1 else outputs
            del outputs
            yield result
            del result
    finally:
        ahead.close()
