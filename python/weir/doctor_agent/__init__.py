"""The agent of `weir doctor`: runs inside the program that is watched, and writes what it sees.

Needs nothing but Python 3.10. Knows Keras 3, tf-keras 2 and TensorFlow when the program loads them.
What it writes is described in docs/doctor-format.md. It never prints, never raises, and when a part
of it fails it says so in its record and is silent from then on.
"""

import os

_agent = None


def start():
    """Begins to watch this process; called once, before the program's own code."""
    global _agent
    if _agent is None:
        from .agent import Agent

        _agent = Agent(os.environ["WEIR_DOCTOR_OUT"].replace("%p", str(os.getpid())))
        _agent.start()


def step():
    """A step of the program has ended: what weir.step() calls."""
    if _agent is not None:
        _agent.steps.explicit()
