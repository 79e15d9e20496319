"""Runtimes of Keras models, each as `build(folder, threads, shape) -> predict(rows)`.

`shape` is that of every batch to come, for runtimes that can prepare for it; None where shapes vary.
A runtime is imported by the process that builds it, and by no other.
"""
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from common.forms import BATCH_AXIS


def keras_model(folder, threads):
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    import keras

    return keras.models.load_model(f"{folder}/model.keras", compile=False)


def keras_predict(folder, threads, shape=None):
    model = keras_model(folder, threads)
    return lambda rows: model.predict(rows, batch_size=len(rows), verbose=0)


def keras_call(folder, threads, shape=None):
    model = keras_model(folder, threads)
    return lambda rows: model(rows, training=False).numpy()


def tf_function(folder, threads, shape):
    """Traced for this one shape."""
    import tensorflow as tf

    model = keras_model(folder, threads)
    spec = tf.TensorSpec(shape, model.inputs[0].dtype)
    call = tf.function(lambda x: model(x, training=False)).get_concrete_function(spec)
    return lambda rows: call(tf.constant(rows)).numpy()


def onnx_session(folder, threads, shape, arena):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = arena
    options.log_severity_level = 3
    if shape is not None:
        # What depends on the batch size alone is then computed once.
        options.add_free_dimension_override_by_name(BATCH_AXIS, shape[0])
    session = ort.InferenceSession(f"{folder}/model.onnx", options, ["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda rows: session.run(None, {name: rows})[0]


def onnx_arena(folder, threads, shape=None):
    return onnx_session(folder, threads, shape, True)


def onnx_no_arena(folder, threads, shape=None):
    return onnx_session(folder, threads, shape, False)


def openvino_compiled(folder, threads, hint, shape):
    """float32 as everyone else, on processors that would choose less."""
    import openvino as ov

    core = ov.Core()
    model = core.read_model(f"{folder}/openvino.xml")
    if shape is not None:
        model.reshape(list(shape))
    return core.compile_model(model, "CPU", {
        "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": hint,
        "INFERENCE_PRECISION_HINT": "f32"})


def openvino_latency(folder, threads, shape=None):
    request = openvino_compiled(folder, threads, "LATENCY", shape).create_infer_request()
    return lambda rows: request.infer([rows])[0]


def litert(folder, threads, shape=None):
    """The file made for this batch size, or the only one."""
    from ai_edge_litert.interpreter import Interpreter

    file = f"{folder}/model-{shape[0] if shape else 1}.tflite"
    interpreter = Interpreter(file, num_threads=threads)
    given = interpreter.get_input_details()[0]["index"]
    answer = interpreter.get_output_details()[0]["index"]
    made_for = None

    def predict(rows):
        nonlocal made_for
        if rows.shape != made_for:
            made_for = rows.shape
            interpreter.resize_tensor_input(given, made_for)
            interpreter.allocate_tensors()
        interpreter.set_tensor(given, rows)
        interpreter.invoke()
        return interpreter.get_tensor(answer)

    return predict


def pytorch(folder, threads, shape):
    """Traced, frozen and optimised for inference, which folds batch normalisations."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    import torch

    from common.torch_model import TorchModel

    torch.set_num_threads(threads)
    model = TorchModel(keras.models.load_model(f"{folder}/model.keras", compile=False)).eval()
    example = torch.zeros(shape, dtype=getattr(torch, model.dtype))
    with torch.inference_mode():
        frozen = torch.jit.freeze(torch.jit.trace(model, example, check_trace=False))
        optimized = torch.jit.optimize_for_inference(frozen)

    def predict(rows):
        with torch.inference_mode():
            return optimized(torch.from_numpy(rows)).numpy()

    return predict


def weir_python(folder, threads, shape=None):
    import weir

    return weir.load_model(f"{folder}/model.keras", threads=threads).predict
