"""What Keras itself does wrong: models that are not asked about, each with the reason."""


VOLUMES = {"Conv3D": "kernel_size", "AveragePooling3D": "pool_size", "MaxPooling3D": "pool_size"}


def is_ambiguous_bias(node, shape):
    """On TensorFlow, Keras adds a bias of shape (1, C, 1, 1) with `bias_add`, and takes it for one of the
    last axis where that has C elements as well."""
    return "channels_first" in str(node.get("config")) and shape[1] == shape[-1]


def is_ambiguous_head(node):
    """The same for heads of one number each: their bias, of shape (heads, 1), is taken for one of the
    steps where there are as many of them as heads."""
    config = node.get("config", {})
    return 1 in (config.get("head_dim"), config.get("key_dim"), config.get("value_dim"))


def is_cut_volume(node):
    """TensorFlow's Conv3D and 3-D pooling on a CPU, where a stride of `same` padding is larger than the
    window, begin behind the first element: they take negative padding."""
    config = node.get("config", {})
    inner = config.get("layer", {})
    if inner.get("layer") in VOLUMES:
        window, config = VOLUMES[inner["layer"]], inner["config"]
    elif node.get("class") in VOLUMES:
        window = VOLUMES[node["class"]]
    else:
        return False
    sizes = zip(three(config.get(window, 1)), three(config.get("strides") or 1))
    return config.get("padding") == "same" and any(stride > size for size, stride in sizes)


def three(sizes):
    return sizes if isinstance(sizes, list) else [sizes] * 3


def is_excluded(node, shapes):
    """Whether a node with outputs of these shapes is one that Keras gets wrong."""
    ambiguous = any(is_ambiguous_bias(node, shape) for shape in shapes if len(shape) > 2)
    return ambiguous or is_ambiguous_head(node) or is_cut_volume(node)
