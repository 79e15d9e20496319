"""Models: where they are made, how many are alive, what their weights weigh."""

import collections
import sys
import weakref

from . import source
from .walk import is_extension

_WEIGHED = 16


def _weight_bytes(model):
    total = 0
    for weight in model.weights:
        count = 1
        for axis in weight.shape:
            count *= axis or 1
        kind = weight.dtype if isinstance(weight.dtype, str) else weight.dtype.name
        total += count * {"float64": 8, "int64": 8, "float16": 2, "bfloat16": 2, "int8": 1}.get(kind, 4)
    return total


def _metrics_of(model):
    """Keras 3 has those given to compile() behind one that stands for all."""
    for metric in getattr(model, "metrics", ()):
        yield metric
        yield from _flat(getattr(metric, "_user_metrics", None))


def _flat(value):
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, (list, tuple)):
        return [] if value is None else [value]
    return [leaf for item in value for leaf in _flat(item)]


def _stack():
    frames = list(source.user_frames(sys._getframe(2)))
    return [(frame.f_code, source.place(frame)) for frame in reversed(frames)]


class Models:
    """Counts models by the line that makes them."""

    def __init__(self):
        self._alive = {}
        self._fresh = []
        self._made = collections.Counter()
        self._sites = {}
        self.count = 0

    def made(self, model):
        """A model's constructor runs. Nested ones of one line count once: the line's last."""
        if id(model) in self._alive:
            return
        stack = _stack()
        if not stack:
            return
        self.count += 1
        identity = id(model)
        self._alive[identity] = [weakref.ref(model, lambda _: self._alive.pop(identity, None)), None]
        self._fresh.append((self._alive[identity], stack))
        del self._fresh[:-64]

    def settle(self, frame):
        """Gives the models made since the last step a line: called where a step begins.

        It is the line of the function that both makes the model and runs the step, so that of a
        loop `model = build()`, not the one inside of build().
        """
        if not self._fresh:
            return
        step = [user.f_code for user in source.user_frames(frame)][::-1]
        fresh, self._fresh = self._fresh, []
        for entry, stack in fresh:
            common = 0
            while common < min(len(step), len(stack)) and step[common] is stack[common][0]:
                common += 1
            site = stack[max(common, 1) - 1][1]
            key = (site["file"], site["line"])
            self._sites[key] = site
            self._made[key] += 1
            entry[1] = key

    def parts(self):
        """Layers and metrics of the program's own classes in the youngest models, which keep them where
        no name leads to."""
        youngest = [reference() for reference, _ in list(self._alive.values())[-_WEIGHED:]]
        return [
            part
            for model in youngest
            if model is not None
            for part in (*getattr(model, "layers", ()), *_metrics_of(model))
            if is_extension(type(part))
        ]

    def census(self):
        """One row a line: made, alive, bytes of the weights of those alive."""
        alive = collections.defaultdict(list)
        for reference, key in list(self._alive.values()):
            model = reference()
            if model is not None and key is not None:
                alive[key].append(model)
        rows = []
        for key, models in alive.items():
            weighed = [_weight_bytes(model) for model in models[-_WEIGHED:]]
            rows.append(
                {
                    **self._sites[key],
                    "class": type(models[-1]).__name__,
                    "made": self._made[key],
                    "alive": len(models),
                    "weight_bytes": sum(weighed) / len(weighed) * len(models),
                }
            )
        for key, count in self._made.items():
            if key not in alive:
                rows.append({**self._sites[key], "class": "", "made": count, "alive": 0, "weight_bytes": 0})
        return sorted(rows, key=lambda row: -row["made"])[:20]
