"""What a tensor of PyTorch keeps: its storage, and the graph behind it that waits for backward()."""

import functools

_STEPS = 8192


@functools.lru_cache(maxsize=512)
def _saved_names(kind):
    return [name for name in dir(kind) if name.startswith("_saved_")]


def _saved(step):
    """The tensors that a step of the graph keeps; after backward() there are none left."""
    for name in _saved_names(type(step)):
        try:
            value = getattr(step, name)
        except RuntimeError:
            return
        if hasattr(value, "untyped_storage"):
            yield value


def kept_bytes(tensor):
    """Bytes that `tensor` keeps alive, each storage once. Parameters are not the graph's own.

    Looks at the nearest 8192 steps of the graph: what is longer than that is a leak in any case.
    """
    storage = tensor.untyped_storage()
    sizes = {storage.data_ptr(): storage.nbytes()}
    first = tensor.grad_fn
    seen = {first}
    waiting = [first] if first is not None else []
    while waiting and len(seen) < _STEPS:
        step = waiting.pop()
        for value in _saved(step):
            if not value.is_leaf or not value.requires_grad:
                storage = value.untyped_storage()
                sizes[storage.data_ptr()] = storage.nbytes()
        fresh = [after for after, _ in step.next_functions if after is not None and after not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
    return sum(sizes.values())
