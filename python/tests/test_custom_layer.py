"""`weir.register_layer`: Keras's answers, and what errors, threads, forks and kept arrays make of it."""
import gc
import os
import pathlib
import pickle
import signal
import threading
import traceback
import unittest
import unittest.mock
import weakref

import numpy as np
import weir
from weir import _custom

CUSTOM = pathlib.Path(__file__).resolve().parents[2] / "tests" / "custom"


def squash(x, weights, config):
    return np.tanh(x * weights[0]) * config["factor"]


def gate(x, weights, config):
    x, gate = x
    gated = x / (1 + np.exp(-(gate @ weights[0] + weights[1])))
    return [gated, gated > 0]


def signs_as_numbers(x, weights, config):
    gated, signs = gate(x, weights, config)
    return gated, signs.astype("int64")


def centre(x, weights, config):
    return x - x.mean(axis=0, keepdims=True)


class CustomLayer(unittest.TestCase):
    def setUp(self):
        patch = unittest.mock.patch.dict(_custom._definitions, clear=True)
        patch.start()
        self.addCleanup(patch.stop)

    def load(self, name="sequential.keras", **options):
        return weir.load_model(CUSTOM / name, **{"threads": 2} | options)

    def assert_kerass_answers(self, model, name, **options):
        arrays = np.load(CUSTOM / f"{name}.npz")
        y = model.predict([arrays[name] for name in model.input_names], **options)
        for array, output in zip(y if isinstance(y, list) else [y], model.output_names):
            np.testing.assert_allclose(array, arrays[output], atol=1e-5)


class Devices(CustomLayer):
    def test_models_on_one_device_do_not_wait_for_each_other_for_ever(self):
        weir.register_layer("Squash")(squash)
        device = weir.Device(threads=2)
        models = [self.load(device=device, threads=0),
                  weir.load_model(CUSTOM.parents[1] / "examples" / "digits" / "dense.keras",
                                  device=device)]
        rows = [np.zeros((1, size), "float32") for size in (5, 10)]

        def work(number):
            for _ in range(300):
                models[number].predict(rows[number])
                device.arena_bytes

        threads = [threading.Thread(target=work, args=(number,), daemon=True)
                   for number in (0, 1, 0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        self.assertFalse(any(thread.is_alive() for thread in threads))


class Answers(CustomLayer):
    def test_of_a_sequential_model_are_kerass(self):
        self.assertIs(weir.register_layer("Squash")(squash), squash)
        for options in ({}, {"mode": "throughput", "micro_batch": 3, "threads": 3},
                        {"mode": "latency", "micro_batch": 16}, {"weights": "stream"}):
            self.assert_kerass_answers(self.load(**options), "sequential")

    def test_of_shared_and_nested_layers_and_several_tensors_are_kerass(self):
        weir.register_layer("mine>Squash")(squash)
        weir.register_layer("Gate")(signs_as_numbers)
        for name in ("functional.keras", "functional.h5"):
            self.assert_kerass_answers(self.load(name), "functional")

    def test_with_free_axes_are_kerass(self):
        weir.register_layer("Squash")(squash)
        model = self.load("free.keras")
        self.assertEqual(model.output_shape, (None, None, 2))
        self.assert_kerass_answers(model, "free")

    def test_of_mixed_samples_are_kerass(self):
        weir.register_layer("Centre", mixes_samples=True)(centre)
        model = self.load("mixing.keras", batch_size=70)
        self.assertEqual(model.plan().mode, "whole")
        self.assert_kerass_answers(model, "mixing")
        self.assert_kerass_answers(self.load("mixing.keras"), "mixing", batch_size=70)

    def test_of_a_namesake_are_not_those_of_kerass_own_layer(self):
        with self.assertRaisesRegex(NotImplementedError, "mine>Dense"):
            self.load("namesake.keras")
        weir.register_layer("Dense")(lambda x, weights, config: x + x.sum(-1, keepdims=True))
        self.assert_kerass_answers(self.load("namesake.keras"), "namesake")

    def test_with_an_output_shape_need_no_call_to_find_it(self):
        calls = []

        def counted(x, weights, config):
            calls.append(len(x))
            return squash(x, weights, config)

        for shape in ((None, 7), lambda shape, config: (*shape[:-1], shape[-1])):
            weir.register_layer("Squash", output_shape=shape)(counted)
            model = self.load()
            self.assertEqual(calls, [])
            self.assert_kerass_answers(model, "sequential")
            calls.clear()

    def test_are_planned_from_few_calls_of_few_rows(self):
        calls = []

        def counted(x, weights, config):
            calls.append(len(x))
            return squash(x, weights, config)

        weir.register_layer("Squash")(counted)
        model = self.load()
        self.assertEqual(calls, [1, 2])
        self.assertIn("squash", [tensor["name"] for tensor in model.plan().tensors])


class Functions(CustomLayer):
    X = np.random.default_rng(1).normal(size=(70, 5)).astype("float32")

    def test_may_write_to_inputs_return_and_keep_them(self):
        kept = []

        def keeping(x, weights, config):
            x *= weights[0]
            kept.append((x, x.copy()))
            return x.reshape(-1)[::-1].reshape(x.shape)[::-1, ::-1]

        weir.register_layer("Squash")(keeping)
        model = self.load()
        first = model.predict(self.X)
        np.testing.assert_array_equal(model.predict(self.X), first)
        model.close()
        del model
        gc.collect()
        for array, copy in kept:
            np.testing.assert_array_equal(array, copy)

    def test_may_keep_weights_but_not_write_to_them(self):
        kept = []

        def keeping(x, weights, config):
            kept.append(weights[0])
            return x

        weir.register_layer("Squash")(keeping)
        model = self.load()
        model.predict(self.X)
        weights = [array.copy() for array in kept]
        del model
        gc.collect()
        for array, copy in zip(kept, weights):
            np.testing.assert_array_equal(array, copy)
            self.assertEqual((array.shape, array.dtype), ((7,), "float32"))
            with self.assertRaises(ValueError):
                array[0] = 1
        self.assertTrue(kept[-1].flags.aligned)

    def test_errors_are_their_own_name_the_layer_and_leave_the_model_usable(self):
        fails = False

        def failing(x, weights, config):
            if fails:
                raise KeyError("no such thing")
            return squash(x, weights, config)

        weir.register_layer("Squash")(failing)
        for options in ({"mode": "latency"}, {"mode": "throughput", "micro_batch": 2}):
            model = self.load(**options)
            fails = True
            for rows in (1, 70):
                try:
                    model.predict(self.X[:rows])
                    self.fail("it predicted")
                except KeyError as error:
                    text = "".join(traceback.format_exception(error))
                    self.assertEqual(error.args, ("no such thing",))
                    self.assertIn("'squash' (Squash)", error.__notes__[0])
                self.assertIn("in failing", text)
            fails = False
            self.assert_kerass_answers(model, "sequential")

    def test_errors_while_loading_are_their_own(self):
        weir.register_layer("Squash")(lambda x, weights, config: config["missing"])
        with self.assertRaisesRegex(KeyError, "missing") as caught:
            self.load()
        self.assertEqual(len(caught.exception.__notes__), 1)

    def test_that_make_what_was_not_planned_are_errors(self):
        wide = False
        weir.register_layer("Squash")(lambda x, weights, config: x[:, :6] if wide else x)
        model = self.load()
        wide = True
        with self.assertRaisesRegex(ValueError, r"squash.*6\).*7\).*planned") as caught:
            model.predict(self.X)
        self.assertEqual(caught.exception.layer, "squash")
        self.assertIsInstance(caught.exception, weir.Error)

    def test_that_mix_samples_unsaid_are_errors(self):
        for function in (centre, lambda x, weights, config: x.mean(axis=0)):
            weir.register_layer("Centre")(function)
            with self.assertRaisesRegex(ValueError, "mixes_samples=True"):
                self.load("mixing.keras")

    def test_that_make_no_numbers_are_errors(self):
        weir.register_layer("Squash")(lambda x, weights, config: x.astype("complex64"))
        with self.assertRaisesRegex(ValueError, "squash.*complex64"):
            self.load()

    def test_with_an_output_shape_left_free_are_errors(self):
        weir.register_layer("Squash", output_shape=(None, None))(squash)
        with self.assertRaisesRegex(ValueError, "output_shape.*function"):
            self.load()

    def test_that_hold_their_model_do_not_keep_it_for_ever(self):
        model = None
        weir.register_layer("Squash")(lambda x, weights, config: x if model is None else x)
        model = self.load()
        seen = weakref.ref(model)
        _custom._definitions.clear()
        del model
        gc.collect()
        self.assertIsNone(seen())

    def test_need_a_name(self):
        with self.assertRaisesRegex(TypeError, "takes a name"):
            weir.register_layer(squash)

    def test_cannot_predict_themselves(self):
        weir.register_layer("Squash", output_shape=(None, 7))(
            lambda x, weights, config: model.predict(self.X))
        for mode in ("latency", "throughput"):
            model = self.load(mode=mode, micro_batch=4)
            with self.assertRaisesRegex(ValueError, "cannot predict"):
                model.predict(self.X)


class Others(CustomLayer):
    """Threads, forks, pickles and signals."""

    def setUp(self):
        super().setUp()
        weir.register_layer("Squash")(squash)

    def test_threads_get_the_same_bits(self):
        x = Functions.X
        for options in ({"mode": "latency"}, {"mode": "throughput", "micro_batch": 1}):
            model = self.load(**options)
            expected = model.predict(x)
            results = {}

            def work(number, model=model, results=results):
                results[number] = np.concatenate([model.predict(x[i:i + 7])
                                                  for i in list(range(0, 70, 7)) * 20])

            threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
                self.assertFalse(thread.is_alive())
            for result in results.values():
                np.testing.assert_array_equal(result, np.tile(expected, (20, 1)))

    def test_a_stream_gives_the_same_bits(self):
        model = self.load(mode="throughput", micro_batch=2)
        parts = list(model.predict_stream(Functions.X, batch_size=16))
        np.testing.assert_array_equal(np.concatenate(parts), model.predict(Functions.X))

    def test_the_child_of_a_fork_predicts(self):
        model = self.load(mode="throughput", micro_batch=2)
        expected = model.predict(Functions.X)
        child = os.fork()
        if child == 0:
            os._exit(0 if np.array_equal(model.predict(Functions.X), expected) else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_a_pickle_takes_the_functions_that_are_registered(self):
        pickled = pickle.dumps(self.load())
        self.assert_kerass_answers(pickle.loads(pickled), "sequential")
        _custom._definitions.clear()
        with self.assertRaisesRegex(NotImplementedError, "Squash"):
            pickle.loads(pickled)

    def test_an_interrupt_reaches_the_caller(self):
        for mode in ("latency", "throughput"):
            signals = iter(())

            def interrupted(x, weights, config):
                for number in signals:
                    os.kill(os.getpid(), number)
                return squash(x, weights, config)

            weir.register_layer("Squash")(interrupted)
            model = self.load(mode=mode, micro_batch=1)
            signals = iter([signal.SIGINT])  # One, whichever thread takes it.
            with self.assertRaises(KeyboardInterrupt):
                model.predict(Functions.X)
            self.assert_kerass_answers(model, "sequential")


if __name__ == "__main__":
    unittest.main()
