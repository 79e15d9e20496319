"""The mark of a step, for the leak doctor."""

import sys


def step() -> None:
    """Tells `weir doctor`, if it watches this program, that a step has ended. Otherwise nothing."""
    agent = sys.modules.get("weir_doctor_agent")
    if agent is not None:
        agent.step()
