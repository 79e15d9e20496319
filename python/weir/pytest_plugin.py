"""pytest-weir: tests about memory, of any Python code.

    @pytest.mark.limit_memory("50 MiB")      # the process's peak rises by no more during the test
    @pytest.mark.no_growth(steps=1000)       # the test is run so often; memory does not grow

Active wherever the package is installed.
"""
from __future__ import annotations

import array
import gc
from collections.abc import Generator
from typing import Any

import pytest

from weir import _core
from weir._growing import Containers
from weir._growth import judge_growth
from weir._peak import PeakMemory

# Less cannot be told from noise.
_FEWEST_STEPS = 100


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "limit_memory(size): the most that the process's peak of "
                            "resident memory may rise by during the test, as bytes or '50 MiB'")
    config.addinivalue_line("markers", "no_growth(steps=1000): run the test so many times; resident "
                            "memory must not grow with them")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    limit = pyfuncitem.get_closest_marker("limit_memory")
    growth = pyfuncitem.get_closest_marker("no_growth")
    peak = None if limit is None else PeakMemory()
    result = yield
    if growth is not None:
        _run_again(pyfuncitem, growth.kwargs.get("steps", *growth.args[:1] or (1000,)))
    if limit is not None and peak is not None:
        _check_limit(peak.rise(), limit.args[0])
    return result


def _check_limit(rise: int, limit: int | str) -> None:
    most = limit if isinstance(limit, int) else _core.parse_bytes(limit)
    if rise > most:
        pytest.fail(f"the test took {rise / 2**20:.1f} MiB at its peak, its limit is "
                    f"{most / 2**20:.1f} MiB", pytrace=False)


def _run_again(item: pytest.Function, steps: int) -> None:
    """The first time was the warm-up."""
    if steps < _FEWEST_STEPS:
        pytest.fail(f"no_growth needs at least {_FEWEST_STEPS} steps to tell, not {steps}",
                    pytrace=False)
    arguments = {name: item.funcargs[name] for name in item._fixtureinfo.argnames}
    # Made before, for they must not grow with the steps themselves.
    resident = array.array("d", bytes(8 * steps))
    # What is freed and kept by the allocator hides a leak until it is used up.
    heap = array.array("d", bytes(8 * steps))
    containers = None
    for step in range(steps):
        item.obj(**arguments)
        resident[step] = _core.resident_bytes()
        heap[step] = _core.heap_bytes()
        if step == steps // 2:
            gc.collect()
            containers = Containers()
    found = [growth for growth in (judge_growth(enumerate(series)) for series in (resident, heap))
             if growth.grows]
    if found and containers is not None:
        gc.collect()
        pytest.fail(f"memory {found[0].text}{_blame(containers)}", pytrace=False)


def _blame(containers: Containers) -> str:
    grown = containers.grown()
    return f"; the {grown} grows most" if grown else ""
