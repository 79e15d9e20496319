"""The race as a picture: each contender's time relative to Weir's, in every cell."""
import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot  # noqa: E402

from contenders import NAMES  # noqa: E402
from ranking import WEIR, median  # noqa: E402

MARKS = "osD^v<>Pp*h"
OTHERS = [name for name in NAMES if name != WEIR[0]]


def draw(records, order, file):
    """A panel for each batch size, of the largest number of threads."""
    threads = max(record["threads"] for record in records)
    batches = sorted({record["batch"] for record in records})
    models = [model for model in order if any(r["model"] == model for r in records)]
    raced = [name for name in OTHERS if any(median(r["entries"].get(name)) for r in records)]
    figure, panels = pyplot.subplots(1, len(batches), sharey=True, squeeze=False,
                                     figsize=(1 + 5.5 * len(batches), 2 + 0.35 * len(models)))
    for panel, batch in zip(panels[0], batches):
        chosen = [r for r in records if r["threads"] == threads and r["batch"] == batch]
        draw_panel(panel, chosen, models, raced)
        panel.set_title(f"batch {batch}, threads: {threads}")
    panels[0][0].set_yticks(range(len(models)), models)
    panels[0][0].invert_yaxis()
    figure.legend(*panels[0][0].get_legend_handles_labels(), loc="lower center", ncols=4,
                  frameon=False)
    figure.tight_layout(rect=(0, 0.9 / (2 + 0.35 * len(models)), 1, 1))
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)


def draw_panel(panel, records, models, names):
    """A contender looks the same in every picture, whoever else was raced."""
    panel.axvline(1, color="black", linewidth=1)
    for name in names:
        number = OTHERS.index(name)
        found = [(median(r["entries"][name]) / median(r["entries"][WEIR[0]]),
                  models.index(r["model"])) for r in records
                 if median(r["entries"].get(name)) and median(r["entries"].get(WEIR[0]))]
        panel.scatter(*zip(*found) if found else ((), ()), label=name, s=28, color=f"C{number}",
                      marker=MARKS[number % len(MARKS)], alpha=0.8)
    panel.set_xscale("log")
    panel.set_xlabel("time / that of Weir from C++ (right of the line: slower)")
    panel.grid(axis="x", alpha=0.3)
