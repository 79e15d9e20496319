"""What Keras itself does wrong: models that are not asked about, each with the reason."""


def is_ambiguous_bias(node, shape):
    """On TensorFlow, Keras adds a bias of shape (1, C, 1, 1) with `bias_add`, and takes it for one of the
    last axis where that has C elements as well."""
    return "channels_first" in str(node.get("config")) and shape[1] == shape[-1]


def is_ambiguous_head(node):
    """The same for heads of one number each: their bias, of shape (heads, 1), is taken for one of the
    steps where there are as many of them as heads."""
    config = node.get("config", {})
    return 1 in (config.get("head_dim"), config.get("key_dim"), config.get("value_dim"))


def is_cut_conv3d(node):
    """TensorFlow's Conv3D on a CPU, where a stride of `same` padding is larger than the kernel, begins
    behind the first element: it takes negative padding."""
    config = node.get("config", {})
    inner = config.get("layer", {})
    if is_conv3d(inner.get("layer")):
        config = inner["config"]
    elif not is_conv3d(node.get("class")):
        return False
    sizes = zip(three(config.get("kernel_size", 1)), three(config.get("strides", 1)))
    return config.get("padding") == "same" and any(stride > kernel for kernel, stride in sizes)


def is_conv3d(name):
    return name == "Conv3D"


def three(sizes):
    return sizes if isinstance(sizes, list) else [sizes] * 3


def is_excluded(node, shapes):
    """Whether a node with outputs of these shapes is one that Keras gets wrong."""
    ambiguous = any(is_ambiguous_bias(node, shape) for shape in shapes if len(shape) > 2)
    return ambiguous or is_ambiguous_head(node) or is_cut_conv3d(node)
