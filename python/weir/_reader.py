"""Reading ahead, in a thread of its own and in a queue that is bounded."""
from __future__ import annotations

import collections
import threading
from collections.abc import Iterator
from typing import Any


class ReadAhead:
    """Takes items from an iterable in a thread of its own, at most `size` before they are wanted."""

    def __init__(self, items: Iterator[Any], size: int) -> None:
        self._items = items
        self._size = size
        self._ready: collections.deque[Any] = collections.deque()
        self._changed = threading.Condition()
        self._ended = self._closed = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._read, name="weir reader", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Any]:
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

    def waiting(self) -> int:
        """Items that were read and are not taken yet."""
        return len(self._ready)

    def close(self) -> None:
        """The reader stops at once, or as soon as the iterable gives the item it is asked for."""
        with self._changed:
            self._closed = True
            self._ready.clear()
            self._changed.notify_all()

    def _read(self) -> None:
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
