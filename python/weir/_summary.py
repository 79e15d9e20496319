"""A model's summary as text, as Keras prints it."""
from __future__ import annotations

from typing import Any


def summary_text(summary: dict[str, Any]) -> str:
    """A line for each layer, and how many parameters there are."""
    rows = [("Layer (type)", "Output shape", "Params", "Connected to")]
    for layer in summary["layers"]:
        shapes = ", ".join(map(str, layer["output_shapes"])) or "?"
        rows.append((f"{layer['name']} ({layer['class_name']})", shapes, f"{layer['parameters']:,}",
                     ", ".join(layer["connected_to"])))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    rows.insert(1, ("-" * widths[0], "-" * widths[1], "-" * widths[2], "-" * widths[3]))
    lines = [f'Model: "{summary["name"]}" ({summary["kind"]})', ""]
    for name, shapes, parameters, connected in rows:
        lines.append(f"{name:<{widths[0]}}  {shapes:<{widths[1]}}  {parameters:>{widths[2]}}  "
                     f"{connected}".rstrip())
    other = summary["parameters"] - summary["trainable_parameters"]
    lines += ["", f"{summary['parameters']:,} parameters ({summary['weight_bytes']:,} bytes), "
                  f"{summary['trainable_parameters']:,} of them trainable, {other:,} not"]
    return "\n".join(lines)
