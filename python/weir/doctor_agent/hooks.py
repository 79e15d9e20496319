"""Patches Keras and TensorFlow when, and only when, the program imports them."""

import functools
import sys

from . import source

_CALLS = (
    "predict predict_on_batch __call__ fit evaluate train_on_batch test_on_batch".split()
)


class _Loader:
    """A module's own loader, followed by a function of the module."""

    def __init__(self, loader, then):
        self._loader = loader
        self._then = then

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        self._loader.exec_module(module)
        # The program may look at it, and pickle by it.
        module.__loader__ = module.__spec__.loader = self._loader
        self._then(module)


class ImportHook:
    """Calls a function of a module right after its import."""

    def __init__(self, record, functions):
        self._record = record
        self._functions = functions

    def install(self):
        sys.meta_path.insert(0, self)

    def find_spec(self, name, path, target=None):
        function = self._functions.get(name)
        if function is None:
            return None
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find else None
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader, functools.partial(self._run, function))
                return spec
        return None

    def _run(self, function, module):
        try:
            function(module)
        except Exception:
            self._record.trouble(f"patch of {module.__name__}")


class Patches:
    """The functions that patch, and the places they are for."""

    def __init__(self, agent):
        self._agent = agent

    def table(self):
        return {
            "keras.src.models.model": self._models,
            "keras.src.callbacks.callback_list": self._callbacks,
            "tf_keras.src.engine.training": self._models,
            "tf_keras.src.callbacks": self._callbacks,
            "tensorflow.python.framework.func_graph": self._traces,
            "tensorflow.python.eager.polymorphic_function.polymorphic_function": self._functions,
            "tensorflow.python.data.ops.dataset_ops": self._datasets,
        }

    def _models(self, module):
        agent, model = self._agent, module.Model
        package = module.__name__.partition(".")[0]
        version = getattr(sys.modules.get(package), "__version__", "")
        agent.record.write("framework", name=package, version=version)
        for name in _CALLS:
            setattr(model, name, agent.steps.wrap(getattr(model, name), "calls"))
        construct = model.__init__

        @functools.wraps(construct)
        def constructed(self, *args, **kwargs):
            construct(self, *args, **kwargs)
            agent.model_made(self)

        model.__init__ = constructed

    def _callbacks(self, module):
        agent, kind = self._agent, module.CallbackList
        for name in ("on_predict_batch_end", "on_train_batch_end", "on_test_batch_end"):
            setattr(kind, name, _followed(getattr(kind, name), agent.steps))

    def _traces(self, module):
        module.func_graph_from_py_func = self._agent.traces.wrap(module.func_graph_from_py_func)

    def _functions(self, module):
        module.Function.__call__ = self._agent.steps.wrap(module.Function.__call__, "functions")

    def _datasets(self, module):
        noted = set()
        for name in ("prefetch", "cache", "shuffle"):
            method = getattr(module.DatasetV2, name)
            setattr(module.DatasetV2, name, _noted(method, name, noted, self._agent.record))


def _followed(end, steps):
    @functools.wraps(end)
    def ended(self, *args, **kwargs):
        end(self, *args, **kwargs)
        steps.batch_ended(self.callbacks)

    return ended


def _element_bytes(dataset):
    import tensorflow as tf

    return sum(
        (spec.shape.num_elements() or 0) * spec.dtype.size
        for spec in tf.nest.flatten(dataset.element_spec)
        if isinstance(spec, tf.TensorSpec)
    )


def _noted(method, name, noted, record):
    """Notes which line makes a pipeline run ahead or keep what passes, and how much, once a line."""

    @functools.wraps(method)
    def noting(self, *args, **kwargs):
        frame = sys._getframe(1)
        line = (frame.f_code.co_filename, frame.f_lineno)
        if line not in noted and source.is_user_file(line[0]):
            noted.add(line)
            try:
                given = args[0] if args else next(iter(kwargs.values()), None)
                size = int(given) if given is not None and name != "cache" else -1
                element = _element_bytes(self)
                record.write(
                    "pipeline", what=name, size=size, element_bytes=element, **source.place(frame)
                )
            except Exception:
                record.trouble("pipeline")
        return method(self, *args, **kwargs)

    return noting
