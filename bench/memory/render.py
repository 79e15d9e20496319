"""The page from the records of a run. Pure: the same records give the same page."""
import sections_batch
import sections_process
from common.machine import machine_lines
from common.page import table
from samples import grouped

SECTIONS = (
    ("batch_sizes", sections_batch.batch_sizes),
    ("batch_32", sections_batch.memory_32),
    ("batch_32", sections_batch.throughput_32),
    ("whole_batch", sections_batch.whole_batch),
    ("limits", sections_process.limits),
    ("level", sections_process.level),
    ("sharing", sections_process.sharing),
    ("streaming", sections_process.streaming),
    ("shapes", sections_process.shapes),
)
HEAD = """# Benchmarks of memory

Made by `make bench-memory`, which measures everything in one run on one machine and writes this page.
Do not edit it. Every contender runs in a process of its own with the same number of threads, several
times in turn with the others; numbers are medians. Memory is resident memory, watched from outside
(the kernel's VmHWM); 1 MB is 1,000,000 bytes. Weights are random: they change neither memory nor time.
"""


def run_lines(machine, settings, date):
    effort = f"{settings['threads']} threads, repeats: {settings['repeats']}"
    lines = [*machine_lines(machine),
             f"- {date}, {effort}, {settings['seconds']:g} s of steady state each"]
    if settings["quick"]:
        lines.append("- **A quick run: few models, few repeats. Not for comparing speeds.**")
    return lines


def bar_rows(sections):
    return [[section.title, bar.text, bar.verdict()] for section in sections
            for bar in section.bars]


def render(results):
    tables = grouped(results["records"], "table")
    sections = [section(tables[name]) for name, section in SECTIONS if name in tables]
    lines = [HEAD]
    if "machine" in results:
        lines += [*run_lines(results["machine"], results["settings"], results["date"]), ""]
    lines += ["## The bars", "", *table(["Section", "Bar", "Verdict"], bar_rows(sections)), ""]
    for section in sections:
        lines += section.to_lines()
    return "\n".join(lines).rstrip() + "\n"
