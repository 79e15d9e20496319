"""Plots and the table of what `measure.py` measured."""
import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

STYLES = {"Keras": ("#b2182b", "-"), "Keras, repaired": ("#d97706", "--"), "Weir": ("#1d4ed8", "-"),
          "Weir, no TensorFlow": ("#0891b2", ":")}
# Loading, the first traces and the first touch of every page are no growth.
WARM_UP = 0.2
BEGIN, END = "<!-- measured -->\n", "<!-- end -->"


def steady(samples):
    """Steps, resident MiB and processor seconds, after the warm-up."""
    columns = np.array(samples).T
    later = columns[:, columns[0] >= WARM_UP * columns[0, -1]]
    later[1] /= 1024
    return later


def growth(samples):
    """MiB in a thousand steps: the slope of the line of least squares."""
    step, resident, _ = steady(samples)
    slope = np.polyfit(step, resident, 1)[0] * 1000
    return round(slope, 2) + 0.0  # Not "-0.00".


def milliseconds(samples):
    """Of processor time, in a step."""
    step, _, seconds = steady(samples)
    return (seconds[-1] - seconds[0]) / (step[-1] - step[0]) * 1000


def draw(programs, path):
    figure, (whole, since) = pyplot.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    for label, run in programs.items():
        color, line = STYLES[label]
        style = {"color": color, "linestyle": line, "linewidth": 1.8}
        step, resident, _ = np.array(run["samples"]).T
        whole.plot(step, resident / 1024, label=label, **style)
        step, resident, _ = steady(run["samples"])
        since.plot(step, resident - resident[0], **style)
    whole.set(title="Resident memory", ylabel="MiB", xlabel="steps", ylim=(0, None))
    since.set(title=f"Growth after {WARM_UP:.0%} of the steps", ylabel="MiB", xlabel="steps")
    for axes in (whole, since):
        axes.set_xlim(0, None)
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=len(programs), frameon=False)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def row(case, label, run):
    samples = run["samples"]
    return (f"| [{case}]({case}) | {label} | {samples[-1][0]:,} | {growth(samples):.2f} "
            f"| {run['peak'] / 1024:.1f} | {float(f'{milliseconds(samples):.2g}'):g} |")


def table(results):
    rows = [row(case, label, run) for case, programs in results["cases"].items()
            for label, run in programs.items()]
    return "\n".join([
        f"Machine: {results['machine']}.", "",
        "| Case | Program | Steps | Growth, MiB per 1,000 steps | Peak, MiB | Processor ms a step |",
        "| --- | --- | ---: | ---: | ---: | ---: |", *rows, ""])


def render(results, folder):
    """Writes memory.png of each case, and the table in README.md between its marks."""
    for case, programs in results["cases"].items():
        draw(programs, folder / case / "memory.png")
    page = folder / "README.md"
    before, _, rest = page.read_text().partition(BEGIN)
    page.write_text(before + BEGIN + table(results) + END + rest.partition(END)[2])
