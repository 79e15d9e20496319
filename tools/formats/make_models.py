"""Makes the small models in tests/keras/models, one for each format that Keras has written.

    python tools/formats/make_models.py

Needs keras, tf-keras and tensorflow. The n-th number of all weights of a model is n, so that what a
file should hold is told by what real Keras says about the model: expected.json has, for each file
and layer, each variable's type, shape, and first and last number, in the order of the format.
"""

import io
import json
import os
import pathlib
import shutil
import tempfile
import zipfile

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import numpy as np
import tf_keras

import keras

MODELS = pathlib.Path(__file__).parents[2] / "tests" / "keras" / "models"
TIMELESS = (1980, 1, 1, 0, 0, 0)


def number_weights(model):
    """Sets the n-th number of all weights of the model to n."""
    start = 0
    values = []
    for value in model.get_weights():
        values.append(np.arange(start, start + value.size).reshape(value.shape).astype(value.dtype))
        start += value.size
    model.set_weights(values)


def describe(variable):
    value = np.asarray(variable.numpy())
    numbers = value.astype("float64").ravel()
    return [str(value.dtype), list(value.shape), numbers[0], numbers[-1]]


def describe_layers(model, prefix=""):
    """{path of a layer: its variables}, for layers that have some."""
    layers = {}
    for layer in model.layers:
        if hasattr(layer, "layers"):
            layers |= describe_layers(layer, prefix + layer.name + "/")
            continue
        variables = layer.trainable_weights + layer.non_trainable_weights
        if variables:
            layers[prefix + layer.name] = [describe(v) for v in variables]
    return layers


def sequential(lib):
    layers = lib.layers
    return lib.Sequential(
        [
            lib.Input((5,)),
            layers.Dense(4, activation="relu", name="first"),
            layers.BatchNormalization(name="norm"),
            layers.Dense(2, name="last"),
        ],
        name="straight",
    )


def branched(lib):
    """Several inputs and outputs as dicts, a model called twice, a layer shared with a model."""
    layers = lib.layers
    inside = lib.Input((3,), name="inside")
    hidden = layers.Dense(4, name="hidden")(inside)
    normed = layers.BatchNormalization(name="norm")(hidden)
    inner = lib.Model(inside, [layers.Dense(2, name="head")(normed), hidden], name="inner")
    left, right = lib.Input((3,), name="left"), lib.Input((3,), name="right")
    left_head, left_hidden = inner(left)
    right_head, _ = inner(right)
    shared = layers.Dense(2, name="shared")
    tail = lib.Sequential([lib.Input((2,)), shared], name="tail")
    total = layers.Add(name="total")([shared(left_head), tail(right_head)])
    outputs = {"sum": total, "raw": left_hidden, "twice": layers.Dense(1, name="end")(total * 2.0)}
    return lib.Model({"l": left, "r": right}, outputs, name="branched")


def chain(lib, length):
    """More layers than a group keeps in compact form."""
    layers = [lib.layers.Dense(3, name=f"dense_number_{i}") for i in range(length)]
    return lib.Sequential([lib.Input((3,)), *layers], name="chain")


def recurrent(lib):
    sequence = lib.Input((4, 3), name="sequence")
    cells = [lib.layers.GRUCell(2), lib.layers.GRUCell(3)]
    both = lib.layers.Bidirectional(lib.layers.LSTM(2, return_sequences=True), name="both")
    return lib.Model(
        sequence, lib.layers.RNN(cells, name="stack")(both(sequence)), name="recurrent"
    )


def rewrite_zip(path, edit, compression=zipfile.ZIP_STORED):
    """Writes the archive again, without times; `edit(name, data)` gives each member's new bytes."""
    with zipfile.ZipFile(path) as old:
        members = {name: edit(name, old.read(name)) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", compression) as new:
        for name, data in members.items():
            new.writestr(zipfile.ZipInfo(name, TIMELESS), data, compression)


def without_date(name, data):
    if name != "metadata.json":
        return data
    return json.dumps(json.loads(data) | {"date_saved": "1980-01-01@00:00:00"}).encode()


def as_keras_2_12(name, data):
    """Groups below `_layer_checkpoint_dependencies`, where every layer with weights used up two
    numbers."""
    if name != "model.weights.h5":
        return without_date(name, data)
    out = io.BytesIO()
    with h5py.File(io.BytesIO(data)) as old, h5py.File(out, "w") as new:
        old.copy(old["layers/dense"], new, "_layer_checkpoint_dependencies/dense")
        old.copy(old["layers/dense_1"], new, "_layer_checkpoint_dependencies/dense_2")
        old.copy(
            old["layers/batch_normalization"],
            new,
            "_layer_checkpoint_dependencies/batch_normalization",
        )
    return out.getvalue()


def copy_h5(source, target, **dataset_options):
    for name, value in source.attrs.items():
        target.attrs[name] = value
    for name, item in source.items():
        if isinstance(item, h5py.Group):
            copy_h5(item, target.create_group(name), **dataset_options)
        else:
            # Chunks that do not divide the sizes, so that those at the edges are cut.
            chunks = tuple(min(size, 3) for size in item.shape) if dataset_options else None
            target.create_dataset(name, data=item[()], chunks=chunks, **dataset_options)


def rewrite_h5(source, target, libver, **dataset_options):
    with h5py.File(MODELS / source) as old, h5py.File(MODELS / target, "w", libver=libver) as new:
        copy_h5(old, new, **dataset_options)


def write_many_links(path):
    """No model: a group whose links and attributes need a fractal heap of many blocks."""
    with h5py.File(path, "w", libver="latest") as file:
        group = file.create_group("group")
        for i in range(1000):
            group[f"link_{i}"] = h5py.SoftLink("/target")
        for i in range(60):
            group.attrs[f"attribute_{i}"] = f"value {i}"
        group["real"] = np.arange(3, dtype="int16")
        group.attrs["padded"] = np.array([b"ab", b"c"], dtype="S4")


def save(model, name, expected):
    number_weights(model)
    model.save(MODELS / name)
    if name.endswith(".keras"):
        rewrite_zip(MODELS / name, without_date)
    expected[name] = describe_layers(model)


def save_weights(model, name, expected, **options):
    """Nothing but weights, beside the architecture that has the same name up to the first dot."""
    number_weights(model)
    model.save_weights(MODELS / name, **options)
    expected[name] = describe_layers(model)


def save_folder(model, name, expected):
    """A SavedModel, without TensorFlow's graph, which is large and not read."""
    number_weights(model)
    with tempfile.TemporaryDirectory() as made:
        model.save(made, save_format="tf", include_optimizer=False)
        (MODELS / name).mkdir(exist_ok=True)
        for file in ("keras_metadata.pb", "variables"):
            shutil.move(pathlib.Path(made) / file, (MODELS / name) / file)
    expected[name] = describe_layers(model)


def automatic(lib, sizes):
    """Layers that Keras names itself, by counting."""
    layers = [lib.layers.Dense(size) for size in sizes]
    norm = lib.layers.BatchNormalization()
    return lib.Sequential([lib.Input((3,)), layers[0], norm, *layers[1:]], name="automatic")


def save_renumbered(expected):
    """The weights of a model that was made a second time, for the architecture of the first."""
    tf_keras.backend.clear_session()
    model = automatic(tf_keras, (4, 4, 2))
    (MODELS / "architecture_renumbered.json").write_text(model.to_json())
    again = automatic(tf_keras, (4, 4, 2))
    number_weights(again)
    again.save_weights(MODELS / "architecture_renumbered.h5")
    number_weights(model)
    expected["architecture_renumbered.h5"] = describe_layers(model)


def save_others():
    """Weights for sequential_keras3, each one larger; and weights that do not fit it and
    architecture_renumbered, of layers that are wider."""
    keras.backend.clear_session()
    model = sequential(keras)
    number_weights(model)
    model.set_weights([value + 1 for value in model.get_weights()])
    model.save_weights(MODELS / "larger.weights.h5")
    keras.backend.clear_session()
    model = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(6), keras.layers.BatchNormalization(),
         keras.layers.Dense(2)]
    )
    model.save_weights(MODELS / "wider.weights.h5")
    tf_keras.backend.clear_session()
    automatic(tf_keras, (4, 5, 2)).save_weights(MODELS / "wider.h5")


def main():
    MODELS.mkdir(parents=True, exist_ok=True)
    expected = {}
    for lib, suffix in ((keras, "keras3"), (tf_keras, "keras2")):
        for make in (sequential, branched):
            for kind in ("keras", "h5"):
                lib.backend.clear_session()
                save(make(lib), f"{make.__name__}_{suffix}.{kind}", expected)
        lib.backend.clear_session()
        model = branched(lib)
        (MODELS / f"architecture_{suffix}.json").write_text(model.to_json())
        save_weights(model, f"architecture_{suffix}.weights.h5", expected)
        if lib is keras:
            split = {"max_shard_size": 100 / 2**30}
            save_weights(model, f"architecture_{suffix}.weights.json", expected, **split)
        else:
            save_weights(model, f"architecture_{suffix}.h5", expected)
    tf_keras.backend.clear_session()
    save_folder(branched(tf_keras), "saved_model_keras2", expected)
    save_renumbered(expected)
    save_others()
    for policy in ("bfloat16", "float16"):
        keras.backend.clear_session()
        keras.config.set_dtype_policy(policy)
        save(sequential(keras), f"{policy}.keras", expected)
    keras.config.set_dtype_policy("float32")
    keras.backend.clear_session()
    save(recurrent(keras), "recurrent.keras", expected)
    save(chain(keras, 12), "chain.h5", expected)

    rewrite_h5("chain.h5", "latest.h5", "latest")
    packed = {"compression": "gzip", "shuffle": True, "fletcher32": True}
    rewrite_h5("sequential_keras3.h5", "packed.h5", "earliest", **packed)
    rewrite_h5("sequential_keras3.h5", "latest_packed.h5", "latest", **packed)
    expected["latest.h5"] = expected["chain.h5"]
    for name in ("packed.h5", "latest_packed.h5"):
        expected[name] = expected["sequential_keras3.h5"]
    for name, edit, compression in (
        ("deflated.keras", without_date, zipfile.ZIP_DEFLATED),
        ("keras_2_12.keras", as_keras_2_12, zipfile.ZIP_STORED),
    ):
        (MODELS / name).write_bytes((MODELS / "sequential_keras2.keras").read_bytes())
        rewrite_zip(MODELS / name, edit, compression)
        expected[name] = expected["sequential_keras2.keras"]
    write_many_links(MODELS / "many_links.h5")
    (MODELS / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
