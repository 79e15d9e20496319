"""The page of the race: its numbers, who is the best peer, and when a bar is met, missed or unknown."""
import unittest

from render import render

MACHINE = {"processor": "Some CPU", "cores": 2, "instruction_sets": ["avx2"],
           "memory_bytes": 8_000_000_000, "kernel": "Linux 6.1", "python": "3.11", "weir": "0.1",
           "packages": {"keras": "3.15"}}
ROOF = {"isa": "AVX2", "threads": 2, "flops": 1e11, "bytes_per_second": 1e10}
ORDER = ("Dense", "UNet", "ResNet50")


def entry(*seconds, difference=1e-6, failed=None, way=None):
    return {"seconds": list(seconds), "relative_difference": difference, "difference": difference,
            "way": way, "failed_ways": failed or {}}


def cell(model, batch=1, threads=2, layers=(), **entries):
    names = {"cpp": "Weir, C++", "python": "Weir, Python", "onnx": "ONNX Runtime",
             "litert": "LiteRT"}
    return {"model": model, "batch": batch, "threads": threads, "date": "2030-01-02",
            "layers": list(layers), "entries": {names[key]: e for key, e in entries.items()}}


def page(*cells):
    return render({"machine": MACHINE, "roofs": {"2": ROOF}, "cells": list(cells),
                   "effort": {"rounds": 9, "most_rounds": 15, "seconds": 0.5}}, ORDER, "images/speed.svg")


def row(text, start):
    """The cells of the first table line that starts with this cell."""
    line = next(line for line in text.splitlines() if line.startswith(f"| {start} |"))
    return [part.strip() for part in line.strip("|").split("|")][1:]


def verdict(text, bar):
    return row(text, next(line for line in text.splitlines() if bar in line).split("|")[1].strip())[0]


class Times(unittest.TestCase):
    def test_a_time_is_the_median_of_the_rounds_with_half_the_quartiles_distance(self):
        text = page(cell("ResNet50", cpp=entry(0.010, 0.020, 0.030, 0.040, 0.050)))
        self.assertEqual(row(text, "ResNet50, 1")[0], "30.0 ms ±33 %")

    def test_the_ratio_is_to_the_fastest_peer_alone(self):
        text = page(cell("ResNet50", cpp=entry(0.010), python=entry(0.020), onnx=entry(0.015),
                         litert=entry(0.040)))
        self.assertEqual(row(text, "ResNet50, 1"),
                         ["10.0 ms ±0 %", "20.0 ms ±0 %", "**15.0 ms ±0 %**", "40.0 ms ±0 %",
                          "1.50", "0.75"])

    def test_a_peer_that_answers_wrongly_is_not_the_best(self):
        text = page(cell("ResNet50", cpp=entry(0.010), onnx=entry(0.001, difference=0.1),
                         litert=entry(0.020)))
        self.assertEqual(row(text, "ResNet50, 1")[-2], "2.00")

    def test_who_did_not_race_has_no_time_and_a_reason(self):
        text = page(cell("ResNet50", cpp=entry(0.010), onnx={"unavailable": "no converter"},
                         litert=entry(0.020)))
        self.assertEqual(row(text, "ResNet50, 1")[1], "–")
        self.assertIn("ResNet50, ONNX Runtime: not raced: no converter", text)

    def test_another_way_is_named_with_what_failed_before_it(self):
        text = page(cell("ResNet50", cpp=entry(0.010),
                         onnx=entry(0.02, way="second", failed={"first": "too big"})))
        self.assertIn("ResNet50, ONNX Runtime: by second; not by first (too big)", text)

    def test_models_come_in_the_order_of_the_race(self):
        text = page(cell("ResNet50", cpp=entry(1)), cell("Dense", batch=32, cpp=entry(1)),
                    cell("Dense", cpp=entry(1)))
        places = [text.index(f"| {name} |") for name in ("Dense, 1", "Dense, 32", "ResNet50, 1")]
        self.assertEqual(places, sorted(places))


class Bars(unittest.TestCase):
    AHEAD = "at or ahead of the best peer"
    MEAN = "the geometric mean"
    SMALL_KERNELS = "networks of 3 × 3"
    TINY = "Dense at batch 1"
    AGREE = "everybody's answers"

    def test_met(self):
        text = page(cell("Dense", cpp=entry(4e-7), litert=entry(1e-6)),
                    cell("UNet", cpp=entry(1), litert=entry(1.7)))
        for bar in (self.AHEAD, self.MEAN, self.SMALL_KERNELS, self.TINY, self.AGREE):
            self.assertEqual(verdict(text, bar), "met", bar)

    def test_missed(self):
        text = page(cell("Dense", cpp=entry(6e-7), litert=entry(5e-7)),
                    cell("UNet", cpp=entry(1, difference=0.1), litert=entry(1.5)))
        self.assertEqual(verdict(text, self.AHEAD), "missed: Dense, batch 1, threads 2")
        self.assertEqual(verdict(text, self.MEAN), "missed: all")
        self.assertEqual(verdict(text, self.SMALL_KERNELS), "missed: UNet, batch 1, threads 2")
        self.assertEqual(verdict(text, self.TINY), "missed: Dense, batch 1, threads 2")
        self.assertEqual(verdict(text, self.AGREE), "missed: UNet, batch 1, threads 2, Weir, C++")

    def test_answers_that_are_not_numbers_do_not_agree(self):
        text = page(cell("UNet", cpp=entry(1, difference=float("nan"))))
        self.assertIn("missed", verdict(text, self.AGREE))

    def test_unknown_without_a_peer(self):
        text = page(cell("ResNet50", cpp=entry(1)))
        for bar in (self.AHEAD, self.MEAN, self.SMALL_KERNELS, self.TINY):
            self.assertEqual(verdict(text, bar), "not available", bar)

    def test_the_mean_is_geometric(self):
        text = page(cell("Dense", cpp=entry(1), litert=entry(4)),
                    cell("UNet", cpp=entry(1), litert=entry(1)))
        self.assertEqual(row(text, "Weir, C++")[:2], ["2.00", "1.00"])


class Layers(unittest.TestCase):
    def test_the_slowest_come_first_and_few_of_them(self):
        layers = [{"name": f"layer{i}", "kind": "matmul", "share": i / 100, "seconds": 1e-3,
                   "of_peak": 0.5, "of_roof": 0.6} for i in range(10)]
        text = page(cell("UNet", layers=layers, cpp=entry(1)))
        self.assertIn("| UNet, 1 | layer9 (matmul) | 9.0 % | 1.00 ms | 50.0 % | 60.0 % |", text)
        self.assertNotIn("layer4", text)


if __name__ == "__main__":
    unittest.main()
