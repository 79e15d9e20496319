"""What a hostile file is, and a good model to spoil."""

import dataclasses
import io
import json
import zipfile

import h5py
import numpy as np

EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclasses.dataclass
class Case:
    name: str
    data: bytes
    code: str
    phrase: str
    stage: str = "load"


def malformed(name, data, phrase, stage="load"):
    return Case(name, data, "malformed", phrase, stage)


def unsupported(name, data, phrase, stage="load"):
    return Case(name, data, "unsupported", phrase, stage)


def beyond_limit(name, data, phrase, stage="load"):
    return Case(name, data, "limit", phrase, stage)


def layer(class_name, name, calls=None, **config):
    serialised = {
        "module": "keras.layers",
        "class_name": class_name,
        "config": {"name": name, "dtype": "float32", **config},
        "registered_name": None,
    }
    if calls is not None:
        serialised |= {"name": name, "inbound_nodes": calls}
    return serialised


def call(*makers, **kwargs):
    """A call on the first output of the first call of each of the layers named."""
    tensors = [tensor(maker) for maker in makers]
    return {"args": tensors[:1] if len(tensors) == 1 else [tensors], "kwargs": kwargs}


def tensor(maker, node=0, index=0):
    config = {"shape": [None, 3], "dtype": "float32", "keras_history": [maker, node, index]}
    return {"class_name": "__keras_tensor__", "config": config}


def input_layer(name="in", calls=None):
    return layer("InputLayer", name, calls, batch_shape=[None, 3])


def dense(name="dense", calls=None, units=2):
    return layer("Dense", name, calls, units=units, activation="linear", use_bias=True)


def sequential(*layers, name="model"):
    config = {"name": name, "layers": list(layers)}
    return {"module": "keras", "class_name": "Sequential", "config": config}


def functional(layers, inputs, outputs, name="model", class_name="Functional"):
    config = {"name": name, "layers": layers, "input_layers": inputs, "output_layers": outputs}
    return {"module": "keras", "class_name": class_name, "config": config}


GOOD_CONFIG = sequential(input_layer(), dense())


def h5_file(write, **options):
    """The bytes of an HDF5 file that `write(file)` fills."""
    out = io.BytesIO()
    with h5py.File(out, "w", **options) as file:
        write(file)
    return out.getvalue()


def good_variables(group):
    group["0"] = np.arange(6, dtype="float32").reshape(3, 2)
    group["1"] = np.arange(2, dtype="float32")


def good_weights(file):
    good_variables(file.create_group("layers/dense/vars"))


def zip_file(members, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data, compression)
    return out.getvalue()


def json_bytes(value):
    return value if isinstance(value, bytes) else json.dumps(value).encode()


METADATA = ("metadata.json", b'{"keras_version": "3.15.1"}')


def keras_file(config=GOOD_CONFIG, weights=None):
    """A `.keras` archive; the weights are bytes, or a function that fills an HDF5 file."""
    weights = good_weights if weights is None else weights
    return zip_file(
        [
            METADATA,
            ("config.json", json_bytes(config)),
            ("model.weights.h5", weights if isinstance(weights, bytes) else h5_file(weights)),
        ]
    )


def legacy_file(write_weights=None, config=GOOD_CONFIG, **options):
    """A legacy whole-model file. `write_weights(group)` fills in "model_weights"."""

    def write_good(group):
        group.attrs["layer_names"] = ["in", "dense"]
        group.create_group("in").attrs["weight_names"] = np.zeros(0)
        one = group.create_group("dense")
        one.attrs["weight_names"] = ["dense/kernel", "dense/bias"]
        one["dense/kernel"] = np.zeros((3, 2), "float32")
        one["dense/bias"] = np.zeros(2, "float32")

    def write(file):
        file.attrs["keras_version"] = "3.15.1"
        file.attrs["model_config"] = json.dumps(config)
        (write_weights or write_good)(file.create_group("model_weights"))

    return h5_file(write, **options)


def patched(data, at, new):
    """The same with `new` written over what is at `at`."""
    if at < 0 or at + len(new) > len(data):
        raise ValueError("patch outside of the file")
    return data[:at] + new + data[at + len(new) :]


def found(data, pattern, which=0):
    """The offset of an occurrence of the pattern, which must exist."""
    at = -1
    for _ in range(which + 1):
        at = data.index(pattern, at + 1)
    return at


def little(value, size):
    return value.to_bytes(size, "little")
