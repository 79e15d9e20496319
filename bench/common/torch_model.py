"""A Keras model in PyTorch's own layers, with the same weights.

Images are NCHW in the memory format channels_last, which is what Keras's NHWC is in memory; a tensor of
a sequence is as in Keras. What the table below has no layer for (normalising pixels, an einsum) runs as
the operations of PyTorch that Keras's torch backend makes of it. Needs KERAS_BACKEND=torch.
"""
import keras
import torch
from torch import nn
from torch.nn import functional

TO_NHWC, TO_NCHW = (0, 2, 3, 1), (0, 3, 1, 2)
ACTIVATIONS = {"linear": None, "relu": functional.relu, "relu6": functional.relu6,
               "silu": functional.silu, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
               "gelu": functional.gelu}


class TorchModel(nn.Module):
    """Takes and gives tensors as Keras does."""

    def __init__(self, model):
        super().__init__()
        self.dtype = model.inputs[0].dtype
        self.graph = Graph(model)
        for variable in model.variables:
            variable.value.requires_grad_(False)

    def forward(self, x):
        return as_nhwc(self.graph(as_nchw(x)))


class Graph(nn.Module):
    """Keras's graph of layers, each in the place of one of Keras's; also of a model inside a model."""

    def __init__(self, model):
        super().__init__()
        functional_model = model._functional if isinstance(model, keras.Sequential) else model
        self._graph = [functional_model]  # In a list, so that it is not a module inside this one.
        self._steps = {id(operation): translate(operation)
                       for operation in functional_model.operations}
        self.translated = nn.ModuleList(step for step in self._steps.values()
                                        if isinstance(step, nn.Module))

    def step(self, operation):
        """Options are for training and masks, neither of which there is here."""
        if not isinstance(operation, keras.Layer):
            return self._steps[id(operation)]
        return lambda *tensors, **_: self._steps[id(operation)](*tensors)

    def forward(self, x):
        y = self._graph[0]._run_through_graph(x, operation_fn=self.step)
        return y[0] if isinstance(y, (list, tuple)) else y


def as_nchw(x):
    return x.permute(TO_NCHW) if x.dim() == 4 else x


def as_nhwc(x):
    return x.permute(TO_NHWC) if torch.is_tensor(x) and x.dim() == 4 else x


def in_keras_order(operation):
    """What has no translation, on tensors of PyTorch."""
    def call(*tensors, **options):
        return as_nchw(operation(*map(as_nhwc, tensors), **options))

    return call


def translate(operation):
    """Layers by their names; an operation of the same name takes other arguments."""
    if isinstance(operation, keras.Model):
        return Graph(operation)
    if not isinstance(operation, keras.Layer):
        return in_keras_order(operation)
    return TRANSLATIONS.get(type(operation).__name__, in_keras_order)(operation)


def parameter(array):
    return nn.Parameter(torch.as_tensor(keras.ops.convert_to_numpy(array).copy()),
                        requires_grad=False)


class Activated(nn.Module):
    """A layer and the activation of Keras's that belongs to it."""

    def __init__(self, module, activation):
        super().__init__()
        self.module = module
        name = activation.__name__
        self.activation = ACTIVATIONS[name] if name in ACTIVATIONS else in_keras_order(activation)

    def forward(self, x):
        y = self.module(x)
        return y if self.activation is None else self.activation(y)


def filled(module, **weights):
    for name, array in weights.items():
        if array is not None:
            setattr(module, name, parameter(array))
    return module


class Dense(nn.Module):
    """Also of the channels of an image."""

    def __init__(self, layer):
        super().__init__()
        inputs, outputs = layer.kernel.shape
        self.linear = filled(nn.Linear(inputs, outputs, bias=layer.use_bias),
                             weight=keras.ops.transpose(layer.kernel), bias=layer.bias)

    def forward(self, x):
        if x.dim() == 4:
            return self.linear(x.permute(TO_NHWC)).permute(TO_NCHW)
        return self.linear(x)


def convolution(layer):
    return Activated(convolution_module(layer, (3, 2, 0, 1), layer.groups), layer.activation)


def depthwise(layer):
    """Keras keeps (height, width, channels, multiplier)."""
    return Activated(convolution_module(layer, (2, 3, 0, 1), layer.kernel.shape[2]),
                     layer.activation)


def convolution_module(layer, axes, groups):
    weight = keras.ops.transpose(layer.kernel, axes)
    strided = layer.padding == "same" and max(layer.strides) > 1
    module = nn.Conv2d(weight.shape[1] * groups, weight.shape[0], layer.kernel_size,
                       stride=layer.strides, padding=0 if strided else layer.padding,
                       groups=groups, dilation=layer.dilation_rate, bias=layer.use_bias)
    filled(module, weight=weight, bias=layer.bias if layer.use_bias else None)
    return nn.Sequential(SamePadding(layer), module) if strided else module


class SamePadding(nn.Module):
    """What PyTorch lacks for strides: by the size, and more of it behind where it is odd."""

    def __init__(self, layer):
        super().__init__()
        self.windows = list(zip(layer.kernel_size, layer.strides))

    def forward(self, x):
        before_and_behind = []
        for size, (kernel, stride) in zip(x.shape[:1:-1], reversed(self.windows)):
            pad = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            before_and_behind += [pad // 2, pad - pad // 2]
        return functional.pad(x, before_and_behind)


def transposed_convolution(layer):
    weight = keras.ops.transpose(layer.kernel, (3, 2, 0, 1))
    module = nn.ConvTranspose2d(*weight.shape[:2], layer.kernel_size, stride=layer.strides)
    return Activated(filled(module, weight=weight, bias=layer.bias), layer.activation)


class SequenceConvolution(nn.Module):
    """As a convolution of an image of one row, which is channels_last without a copy."""

    def __init__(self, layer):
        super().__init__()
        (size,), (self.dilation,), (self.stride,) = (layer.kernel_size, layer.dilation_rate,
                                                     layer.strides)
        before = (size - 1) * self.dilation
        self.padding = {"causal": (before, 0), "valid": (0, 0),
                        "same": (before // 2, before - before // 2)}[layer.padding]
        self.weight = parameter(keras.ops.transpose(layer.kernel, (2, 1, 0))[:, :, None])
        self.bias = parameter(layer.bias) if layer.use_bias else None

    def forward(self, x):
        image = functional.pad(x, (0, 0, *self.padding)).unsqueeze(1).permute(TO_NCHW)
        return functional.conv2d(image, self.weight, self.bias, (1, self.stride), 0,
                                 (1, self.dilation)).permute(TO_NHWC).squeeze(1)


def sequence_convolution(layer):
    return Activated(SequenceConvolution(layer), layer.activation)


def batch_normalization(layer):
    module = nn.BatchNorm2d(layer.gamma.shape[0], eps=layer.epsilon)
    module.running_mean = parameter(layer.moving_mean).data
    module.running_var = parameter(layer.moving_variance).data
    return filled(module, weight=layer.gamma, bias=layer.beta)


class LayerNormalization(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.norm = filled(nn.LayerNorm(layer.gamma.shape, eps=layer.epsilon), weight=layer.gamma,
                           bias=layer.beta)

    def forward(self, x):
        if x.dim() == 4:
            return self.norm(x.permute(TO_NHWC)).permute(TO_NCHW)
        return self.norm(x)


def torch_gates(layer):
    """Weights of a recurrent cell as PyTorch has them: its GRU's gates are in another order."""
    cell = layer.cell

    def rows(array):
        array = keras.ops.convert_to_numpy(array)
        if isinstance(layer, keras.layers.GRU):
            update, reset, new = array.reshape(*array.shape[:-1], 3, -1).swapaxes(0, -2)
            array = keras.ops.concatenate([reset, update, new], axis=-1)
        return keras.ops.transpose(array)

    bias = keras.ops.convert_to_numpy(cell.bias)
    both = bias if bias.ndim == 2 else (bias, bias * 0)
    return [rows(cell.kernel), rows(cell.recurrent_kernel), rows(both[0]), rows(both[1])]


class Recurrent(nn.Module):
    """An LSTM or a GRU of one direction, or of both with the last states side by side."""

    def __init__(self, layers):
        super().__init__()
        first = layers[0]
        kind = nn.LSTM if isinstance(first, keras.layers.LSTM) else nn.GRU
        self.sequences = first.return_sequences
        self.module = kind(first.cell.kernel.shape[0], first.units, batch_first=True,
                           bidirectional=len(layers) == 2)
        for layer, suffix in zip(layers, ("", "_reverse")):
            names = (f"{name}_l0{suffix}" for name in
                     ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
            filled(self.module, **dict(zip(names, torch_gates(layer))))

    def forward(self, x):
        outputs, state = self.module(x)
        if self.sequences:
            return outputs
        last = state[0] if isinstance(state, tuple) else state
        return torch.cat(tuple(last), dim=-1)


def embedding(layer):
    return filled(nn.Embedding(*layer.embeddings.shape), weight=layer.embeddings)


def pooling(function):
    def translation(layer):
        return lambda x: function(x, layer.pool_size, layer.strides)

    return translation


def zero_padding(layer):
    (top, bottom), (left, right) = layer.padding
    return lambda x: functional.pad(x, (left, right, top, bottom))


def concatenate(layer):
    return lambda xs: torch.cat(xs, dim=1 if xs[0].dim() == 4 else layer.axis)


def rectifier(layer):
    if layer.max_value is None:
        return functional.relu
    return lambda x: functional.hardtanh(x, 0.0, float(layer.max_value))


def identity(_layer):
    return lambda x: x


TRANSLATIONS = {
    "InputLayer": identity,
    "Dropout": identity,
    "StochasticDepth": identity,
    "Embedding": embedding,
    "Dense": lambda layer: Activated(Dense(layer), layer.activation),
    "Conv1D": sequence_convolution,
    "Conv2D": convolution,
    "DepthwiseConv2D": depthwise,
    "Conv2DTranspose": transposed_convolution,
    "BatchNormalization": batch_normalization,
    "LayerNormalization": LayerNormalization,
    "Activation": lambda layer: Activated(nn.Identity(), layer.activation),
    "ReLU": rectifier,
    "MaxPooling2D": pooling(functional.max_pool2d),
    "AveragePooling2D": pooling(functional.avg_pool2d),
    "GlobalAveragePooling2D": lambda layer: lambda x: x.mean((2, 3), keepdim=layer.keepdims),
    "ZeroPadding2D": zero_padding,
    "Add": lambda _: lambda xs: torch.stack(xs).sum(0) if len(xs) > 2 else xs[0] + xs[1],
    "Multiply": lambda _: lambda xs: xs[0] * xs[1],
    "Concatenate": concatenate,
    "LSTM": lambda layer: Recurrent([layer]),
    "GRU": lambda layer: Recurrent([layer]),
    "Bidirectional": lambda layer: Recurrent([layer.forward_layer, layer.backward_layer]),
}
