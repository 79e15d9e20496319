"""The agent itself: decides when to look, and keeps what looking costs within a budget."""

import _thread
import atexit
import collections
import ctypes
import gc
import os
import sys
import threading
import time

from . import source, watch
from .collector import Collector
from .export import Export
from .heap import Heap, name_of
from .hooks import ImportHook, Patches
from .memory import Memory
from .models import Models
from .record import Record, Thinned
from .steps import Steps
from .tracer import Tracer
from .traces import Traces
from .walk import Found, kept_by, waiting_in, walk

_SHARE = 0.02  # Of the processor's time since the first step, for looking.
_ALLOWANCE = 0.25  # Seconds of it beyond that share, so that short programs are looked at as well,
_MORE = 0.55  # and more of them where memory grows.
_GROWN = 1 / 64  # The part of the memory in use by which it does.
_WINDOW_STEPS = 3
_WINDOWS = 8
_TICK = 0.1
_sleep = time.sleep  # Some programs replace it.
_PAUSE = 10  # Times as long as a look took until the next one from outside of a step,
_LONGEST_PAUSE = 1.0  # but no longer than this.
_QUIET = 1.0  # Seconds without a step after which time itself is the step.
_HOLDERS = 24
_SHAPES = 4096
_WALK_AFTER = 0.25  # Seconds between two walks at least,
_WALKS = 64  # and such a part of the time that has passed.
_HEAP_AFTER = 1.5  # Seconds from the first step, and between two, at least.
_PACKAGE = os.path.dirname(__file__)


class _History:
    """The sizes of one thing over the walks; what is needed to know that it keeps growing."""

    __slots__ = ("first", "last", "grown", "shrunk", "walks", "settled", "looked")

    def __init__(self, amount):
        self.first = self.last = amount
        self.grown = self.shrunk = self.walks = self.looked = 0
        self.settled = False

    def take(self, amount):
        self.walks += 1
        self.grown += amount > self.last
        self.shrunk += amount < self.last
        self.last = amount

    def suspect(self):
        return self.grown >= 2 and self.grown > 2 * self.shrunk


class _Lows:
    """The least memory in use at a few looks running: what waits for the collector comes and goes."""

    _LOOKS = 8

    def __init__(self):
        self._first = None
        self._last = collections.deque(maxlen=self._LOOKS)

    def take(self, live):
        self._last.append(live)
        if self._first is None and len(self._last) == self._LOOKS:
            self._first = min(self._last)

    def growth(self):
        return 0 if self._first is None else min(self._last) / self._first - 1


class Agent:
    """One a process. Everything it does in the program's threads is guarded: it raises nothing of its own.

    What the program's signal handlers raise meanwhile is the program's, and goes on to it.
    """

    def __init__(self, path):
        self.record = Record(path)
        self.memory = Memory()
        self.steps = Steps(self._before_step, self._after_step, self._after_batch)
        self.traces = Traces(self.record, self.steps)
        self.models = Models()
        self._export = Export(self.record)
        self.tracer = Tracer()
        self.collector = Collector(self.record, self.memory)
        self._heap = Heap()
        self._busy = _thread.allocate_lock()
        self._kept_samples = Thinned(512)
        self._histories = {}
        self._callbacks = ()
        self._window = None
        self._window_end = 0
        self._windows = 0
        self._began = None
        self._stepping = False
        self._spent = 0.0
        self._walk_seconds = 0.0
        self._heap_seconds = 0.1
        self._looks = 0
        self._next_walk_step = 2
        self._next_walk_time = 0.0
        self._next_heap_time = 0.0
        self._stop_after = int(os.environ.get("WEIR_DOCTOR_STEPS", "0"))
        # Kept as long as the process: the interpreter asks it whenever it sees fit.
        self._main_call = ctypes.py_object(_Asked(self._on_main_thread))
        self._asked = 0.0
        self._next_tick = 0.0
        self._trims = 0
        self._most_rows = 1
        self._shapes = set()
        self._live, self._resident = _Lows(), _Lows()

    def start(self):
        self.record.write(
            "start",
            pid=os.getpid(),
            argv=sys.orig_argv,
            python=sys.version.split()[0],
            time=time.monotonic(),
            wall=time.time(),
            resident=self.memory.resident(),
        )
        self.collector.start()
        ImportHook(self.record, Patches(self).table()).install()
        # What others do at exit, like closing what was left open, would look like garbage.
        threading._register_atexit(self._at_end_of_main)
        atexit.register(self._at_exit)
        _hide_own_frames()
        os.register_at_fork(after_in_child=self._silence)
        # Not a threading.Thread: the program must not meet it when it lists or counts its threads.
        _thread.start_new_thread(self._tick, ())

    def model_made(self, model):
        if self.record.open:
            try:
                self.models.made(model)
            except Exception:
                self.record.trouble("models")

    def _silence(self):
        self.collector.stop()
        self.record.close()

    # Steps, in the program's own threads.

    def _before_step(self, frame, counter, args, kwargs):
        if not self.record.open:
            return
        try:
            self.models.settle(frame)
            if counter == "calls":
                data = args[1] if len(args) > 1 else kwargs.get("x")
                rows = _rows(data)
                self._note_batch(frame, rows, args, kwargs)
                self._export.called(args[0], data, rows)
                if len(self._shapes) < _SHAPES:
                    self._shapes.add(tuple(getattr(data, "shape", ())[1:]))
        except Exception:
            self._fail("step")

    def _note_batch(self, frame, rows, args, kwargs):
        """Notes the call with the most rows at a time; `args` begins with the model."""
        if rows <= self._most_rows:
            return
        limit = kwargs.get("batch_size") or (args[2] if len(args) > 2 else None)
        rows = min(rows, limit) if isinstance(limit, int) and not isinstance(limit, bool) else rows
        user = next(source.user_frames(frame), None)
        if rows > self._most_rows and user is not None:
            self._most_rows = rows
            self.record.write(
                "largest_batch",
                time=time.monotonic(),
                rows=rows,
                resident_before=self.memory.resident(),
                peak_before=self.memory.of_process()["peak"],
                **source.place(user),
            )

    def _after_step(self, frame):
        if self.record.open:
            self.tracer.step()
        if self.record.open and self._busy.acquire(False):
            try:
                self._look(frame)
            except Exception:
                self._fail("look")
            finally:
                self._busy.release()
        if self._stop_after and self.steps.ended(self._stop_after):
            self._end_program()

    def _after_batch(self, callbacks, frame):
        self._callbacks = callbacks
        self._after_step(frame)

    def _look(self, frame):
        self._looks += 1
        now = time.monotonic()
        began = time.thread_time()  # On a busy machine the clock would count others' work as ours.
        if self._began is None or (self.steps.looks and not self._stepping):
            # What came before the first step (imports, loading) has a budget of its own.
            self._stepping = self.steps.looks > 0
            self._began, self._spent, self._next_walk_time = now, 0.0, now + _WALK_AFTER
            self._began_cpu = time.process_time()
            self._next_heap_time = now + _HEAP_AFTER
            self._close_window()
            self._looks, self._windows = 1, 0
            self._live, self._resident = _Lows(), _Lows()
        if self._kept_samples.keeps():
            self._sample()
        if self._window is not None:
            self._advance_window(now)
        elif self._due(now):
            self._walk(frame, now)
        self._spent += time.thread_time() - began

    def _due(self, now):
        if self.steps.looks < self._next_walk_step and now < self._next_walk_time:
            return False
        return self._spent + self._walk_seconds <= self._allowed()

    def _allowed(self):
        growth = max(self._live.growth(), self._resident.growth())
        allowance = _ALLOWANCE + (_MORE if growth > _GROWN else 0)
        return allowance + _SHARE * (time.process_time() - self._began_cpu)

    def _fail(self, where):
        self.record.trouble(where)
        self._close_window()
        self.record.write("end", reason="the agent failed", **self.steps.now())
        self._silence()

    def _end_program(self):
        self._stop_after = 0
        if self.record.open:
            self.record.write("limit", **self.steps.now())
        main = threading.main_thread().ident
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(main), ctypes.py_object(SystemExit)
        )

    # What is looked at.

    def _sample(self):
        blocks = sys.getallocatedblocks()
        live, free = self.memory.books(blocks)
        process = self.memory.of_process()
        self._resident.take(process["resident"])
        self._live.take(live or process["resident"])
        self.record.write(
            "sample",
            **self.steps.now(),
            **process,
            live=live,
            free=free,
            blocks=blocks,
            modules=len(sys.modules),
            traces=self.traces.count,
            models=self.models.count,
            shapes=len(self._shapes),
            full_collections=self.collector.runs[2],
            gc=gc.isenabled(),
        )

    def _walk(self, frame, now):
        self._next_walk_step = max(self.steps.looks + 1, int(self.steps.looks * 1.3))
        # More and more seldom, so that the record stays short; the budget may say later still.
        self._next_walk_time = now + max(_WALK_AFTER, (now - self._began) / _WALKS)
        began = time.thread_time()
        found, kinds = walk([*self._callbacks, *self.models.parts()])
        self._walk_seconds = time.thread_time() - began
        suspects = self._compare(found, kinds)
        if self._heap_due(now):
            suspects += self._take_heap(now, found)
        self._write_holders(suspects)
        self._write_census(now)
        self._maybe_open_window(suspects, frame)
        self._maybe_trim()

    def _write_census(self, now):
        self.record.write(
            "census",
            **self.steps.now(),
            seconds=time.monotonic() - now,
            walk_seconds=self._walk_seconds,
            models=self.models.census(),
            objects=self._heap.objects,
            collections=self.collector.runs,
            collected=self.collector.collected,
            collection_seconds=self.collector.seconds,
        )

    def _compare(self, found, kinds):
        suspects = []
        for key, item in found.items():
            history = self._histories.get(key)
            if history is None:
                if len(self._histories) < 20_000:
                    self._histories[key] = _History(item.amount)
                continue
            history.take(item.amount)
            if history.suspect():
                suspects.append(item)
        return sorted(suspects, key=lambda item: -item.amount)[:_HOLDERS]

    def _take_heap(self, now, found):
        began = time.thread_time()
        known = {id(item.value) for item in found.values()} | {id(self._histories)}
        grown = self._heap.census(known)
        suspects = []
        for container in grown:
            item = _unnamed(container)
            if kept_by(item).bytes >= 256:
                named = name_of(container)
                if named is not None and "weir_doctor_agent" not in named[1]:
                    item.name, item.where = named
                    item.key = f"{item.where}|{item.name}"
                    self._histories.setdefault(item.key, _History(item.amount)).grown += 2
                    suspects.append(item)
        # By a share of the time of its own, since it costs as much as many walks.
        self._heap_seconds = time.thread_time() - began
        self._next_heap_time = now + max(_HEAP_AFTER, self._heap_seconds / _SHARE / 2)
        return suspects

    def _heap_due(self, now):
        return now >= self._next_heap_time and self._spent + self._heap_seconds <= self._allowed()

    def _write_holders(self, suspects):
        for item in suspects:
            kept = kept_by(item)
            self.record.write(
                "holder",
                **self.steps.now(),
                key=item.key,
                name=item.name,
                where=item.where,
                kind=item.kind,
                container=type(item.value).__name__,
                owner=item.owner,
                extension=item.extension,
                program=not item.where.startswith("module ")
                or source.is_user_module(item.where.removeprefix("module ")),
                amount=item.amount,
                bytes_each=kept.bytes,
                element=kept.element,
                native=kept.native,
                identity=id(item.value),
                # One entry stands for many there, and not always the same.
                front=0 if "[…]" in item.name else _front(item),
                limit=_limit(item),
            )

    def _maybe_trim(self):
        """Proves that free memory would come back, once, when the allocator holds much of it."""
        live, free = self.memory.books()
        if self._trims or free is None or self._looks < 30 or free < max(64 << 20, live // 4):
            return
        self._trims = 1
        self._trim("while it ran", free)

    def _trim(self, when, free):
        before = self.memory.resident()
        self.memory.trim()
        after = self.memory.resident()
        self.record.write(
            "trim", when=when, before=before, after=after, free_before=free, **self.steps.now()
        )

    # Windows: a few steps line by line.

    def _maybe_open_window(self, suspects, frame):
        if self._windows >= _WINDOWS:
            return
        suspects = [item for item in suspects if self._histories[item.key].looked < 2]
        first_cost = self._windows == 0 and self._looks >= 8
        again = self._windows == 1 and self._looks >= 40
        for item in suspects:
            if item.kind == "cache":
                self._write_cached(item)
            elif frame is None or not _can_be_traced(item):
                self._histories[item.key].looked = 2
                self._write_adder(item.key, item.name, None)
        suspects = [item for item in suspects if self._histories[item.key].looked < 2]
        if frame is None or not (suspects or first_cost or again):
            return
        for item in suspects:
            self._histories[item.key].looked += 1
        self._windows += 1
        self._open_window(suspects[:8], frame)

    def _write_cached(self, item):
        """Of a cache, the line to change is the one that makes it: its decorator's."""
        self._histories[item.key].looked = 2
        code = getattr(getattr(item.value, "__wrapped__", None), "__code__", None)
        if code is not None:
            self.record.write(
                "adder",
                key=item.key,
                file=os.path.abspath(code.co_filename),
                line=code.co_firstlineno,
                function=code.co_name,
                through="",
                seen=True,
            )

    def _open_window(self, suspects, frame):
        self._window = watch.Window(suspects, self.memory.live, frame)
        self._suspects = [(item.key, item.name) for item in suspects]
        self._window_start = self.steps.looks
        self._window_thread = _thread.get_ident()
        if not self._window.open:
            self._window = None
            for item in suspects:
                self._write_adder(item.key, item.name, None)

    def _advance_window(self, now):
        steps = self.steps.looks - self._window_start
        is_its_thread = _thread.get_ident() == self._window_thread
        if now - self._window.began > watch.SECONDS or is_its_thread and steps >= _WINDOW_STEPS:
            self._close_window()

    def _close_window(self):
        window, self._window = self._window, None
        if window is None:
            return
        window.close()
        seconds = time.monotonic() - window.began
        steps = self.steps.looks - self._window_start
        for key, name in self._suspects:
            self._write_adder(key, name, window.adders.get(key))
        costs = sorted(window.costs.items(), key=lambda item: -item[1][0])[:8]
        self.record.write(
            "window",
            **self.steps.now(),
            steps=steps,
            seconds=seconds,
            lines=[
                {"file": os.path.abspath(f), "line": n, "function": c, "bytes": b, "hits": h}
                for (f, n, c), (b, h) in costs
                if b > 0
            ],
        )

    def _write_adder(self, key, name, lines):
        file = line = None
        if lines:
            (file, line, function, through), _ = max(lines.items(), key=lambda item: item[1])
            self._histories[key].looked = 2
        # Not seen, or at a line that adds to nothing: another thread did it. What the source says, then.
        seen = lines and source.may_add(file, line)
        in_source = None if seen else next(_adding_in_source(name), None)
        if in_source is not None:
            self.record.write("adder", key=key, **in_source, through="", seen=False)
        elif lines:
            self.record.write(
                "adder",
                key=key,
                file=os.path.abspath(file),
                line=line,
                function=function,
                through=through,
                seen=True,
            )

    # Time, for programs without steps.

    def _tick(self):
        while self.record.open:
            _sleep(_TICK)
            try:
                now = time.monotonic()
                if now - self.steps.last < _QUIET or now < self._next_tick:
                    continue
                if not self._asked:
                    # In the program's main thread, which is the one that can be traced.
                    self._asked = now
                    ctypes.pythonapi.Py_AddPendingCall(
                        ctypes.pythonapi.PyObject_IsTrue, self._main_call
                    )
                elif now - self._asked > _QUIET:
                    # It waits for something: without it, then.
                    self._look_from_outside(None)
                    self._next_tick = now + _QUIET
            except Exception:
                self._fail("tick")

    def _on_main_thread(self):
        began = time.monotonic()
        try:
            self._look_from_outside(sys._getframe(1).f_back)
        finally:
            now = time.monotonic()
            # Only now may the next be asked for, and not at once: else a slow machine, where each
            # look outlasts the tick, would do nothing but look.
            self._next_tick = now + min(_PAUSE * (now - began), _LONGEST_PAUSE)
            self._asked = 0.0

    def _look_from_outside(self, frame):
        if self.record.open and self._busy.acquire(False):
            try:
                self.tracer.step()
                self._look(next(source.user_frames(frame), None))
            except Exception:
                self._fail("tick")
            finally:
                self._busy.release()

    # The end.

    def _at_end_of_main(self):
        if not any(thread is not threading.main_thread() and not thread.daemon
                   for thread in threading.enumerate()):
            self._at_exit()

    def _at_exit(self):
        if not self.record.open:
            return
        try:
            self._busy.acquire(timeout=1)
            self._close_window()
            self.tracer.dump()
            # What functions had is gone by now; module variables, callbacks and models are not.
            now = time.monotonic()
            self._write_holders(self._compare(*walk([*self._callbacks, *self.models.parts()])))
            self._write_census(now)
            self.record.write("exit", **self.steps.now(), peak=self.memory.of_process()["peak"])
            self._prove()
            self.record.write("end", reason="exit", **self.steps.now())
        except Exception:
            self.record.trouble("exit")
        self._silence()

    def _prove(self):
        """What waits for the collector, and what the allocator holds: by freeing it, now at the end."""
        live, _ = self.memory.books()
        before = self.memory.resident()
        began = time.monotonic()
        collected = gc.collect()
        after, free = self.memory.books()
        self.record.write(
            "garbage",
            collected=collected,
            seconds=time.monotonic() - began,
            live_before=live,
            live_after=after,
            before=before,
            after=self.memory.resident(),
        )
        self._trim("at the end", free)


class _Asked:
    """Calls a function when it is asked whether it is true, which it is not.

    PyObject_IsTrue has the signature of a pending call, and hands on what is raised meanwhile by the
    program's own signal handlers (Ctrl-C); a callback of ctypes would swallow it.
    """

    def __init__(self, call):
        self._call = call

    def __bool__(self):
        self._call()
        return False


def _hide_own_frames():
    """Has the traceback of an uncaught exception look as it does without the agent."""
    show = sys.excepthook

    def shown(kind, error, trace):
        last = trace
        while last is not None and last.tb_next is not None:
            if _is_own(last.tb_next.tb_frame):
                last.tb_next = last.tb_next.tb_next
            else:
                last = last.tb_next
        show(kind, error.with_traceback(trace), trace)

    sys.excepthook = shown


def _is_own(frame):
    return os.path.dirname(frame.f_code.co_filename) == _PACKAGE


def _rows(value):
    shape = getattr(value, "shape", None)
    if shape is not None and len(shape):
        return int(shape[0] or 0)
    return len(value) if isinstance(value, (list, tuple)) else 0


def _can_be_traced(item):
    """Whether the line that runs when it grows is the one that adds to it, and its size is cheap to ask.

    Whoever else puts something into a queue meanwhile would be taken for the traced line.
    """
    is_queue = item.kind == "queue" or item.name.endswith((".queue", "._buffer"))
    is_bound = item.parent is not None or not watch.is_replaced(item)
    return is_bound and not is_queue and getattr(item.value, "grad_fn", None) is None


def _adding_in_source(name):
    """Lines of the program that add to something of that name."""
    word = name.removesuffix(".queue").removesuffix("._buffer").rpartition(".")[2]
    files = {
        module.__file__
        for module_name, module in list(sys.modules.items())
        if source.is_user_module(module_name) and getattr(module, "__file__", None)
    }
    return source.lines_adding_to(word.partition("[")[0], files)


def _limit(item):
    """How many entries a queue or deque may have at most; 0 if there is no limit."""
    limit = getattr(item.value, "maxlen", None)
    if limit is None and item.parent is not None and isinstance(item.parent[0], dict):
        queue = item.parent[0]  # The attributes of a queue.Queue, asyncio.Queue or the like.
        limit = queue.get("maxsize", queue.get("_maxsize"))
    return limit if isinstance(limit, int) and limit > 0 else 0


def _front(item):
    """Which entry is the first: if it changes while the container grows, somebody takes out as well."""
    value = waiting_in(item.value) if item.kind == "queue" else item.value
    try:
        if isinstance(value, dict):
            return id(next(iter(value.values())))
        return id(value[0])
    except Exception:
        return 0


class _Bare:
    """What a walk would know of a container that no walk has reached."""

    def __init__(self, value):
        self.value = value
        self.name = self.where = self.owner = ""
        self.parent = None
        self.extension = False
        self.scale = 1


def _unnamed(container):
    return Found(_Bare(container), "container", len(container))
