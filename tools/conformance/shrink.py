"""Making a recipe that fails smaller: fewer nodes, fewer outputs, plainer configs, as long as it fails."""

from recipe import is_layer, node_of, pruned, with_outputs


def shrunk(recipe, fails, most_trials=150):
    """The smallest recipe found by small steps for which `fails(recipe)` still holds."""
    trials = 0
    progress = True
    while progress:
        progress = False
        for candidate in smaller(recipe):
            if trials == most_trials:
                return recipe
            trials += 1
            if fails(candidate):
                recipe, progress = candidate, True
                break
    return recipe


def smaller(recipe):
    """Candidates, those that leave out most first."""
    if "structure" in recipe:
        yield {key: value for key, value in recipe.items() if key != "structure"}
    yield from fewer_outputs(recipe)
    yield from shorter(recipe)
    yield from inlined(recipe)
    yield from bypassed(recipe)
    yield from plainer(recipe)


def fewer_outputs(recipe):
    if len(recipe["outputs"]) > 1:
        yield from (with_outputs(recipe, [output]) for output in recipe["outputs"])


def shorter(recipe):
    """Graphs that end earlier."""
    last = len(recipe["nodes"]) - 1
    yield from (with_outputs(recipe, [f"n{number}"]) for number in range(last))


def bypassed(recipe):
    """Graphs without one node: what read it reads its input, or an input of the model."""
    for number, node in enumerate(recipe["nodes"]):
        if any(other.get("same_as") == number for other in recipe["nodes"]):
            continue
        if f"n{number}" in recipe["outputs"] and len(recipe["nodes"]) == 1:
            continue
        stand_ins = [*node["inputs"], *(f"i{i}" for i in range(len(recipe["inputs"])))]
        for stand_in in dict.fromkeys(stand_ins):
            yield pruned(without(recipe, number, stand_in))


def without(recipe, number, stand_in):
    def other(reference):
        return stand_in if node_of(reference) == number else reference

    nodes = [
        node | {"inputs": [other(reference) for reference in node["inputs"]]}
        for node in recipe["nodes"]
    ]
    return recipe | {"nodes": nodes, "outputs": [other(r) for r in recipe["outputs"]]}


def inlined(recipe):
    """A model in it instead of it."""
    for node in recipe["nodes"]:
        if "model" in node:
            yield node["model"]


def plainer(recipe):
    """Graphs in which one option has its default."""
    for number, node in enumerate(recipe["nodes"]):
        for config in plainer_configs(node.get("config", {})):
            nodes = list(recipe["nodes"])
            nodes[number] = node | {"config": config}
            yield recipe | {"nodes": nodes}


def plainer_configs(config):
    for key, value in config.items():
        yield {other: config[other] for other in config if other != key}
        if is_layer(value):
            for inner in plainer_configs(value["config"]):
                yield config | {key: value | {"config": inner}}
