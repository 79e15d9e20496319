"""How near steps come to the roof, from made-up reports."""
import unittest

from layer_costs import layer_costs

ROOF = {"flops": 1e9, "bytes_per_second": 1e8}


def layer(seconds, multiply_adds=0, read=0, calls=10):
    return {"name": "layer", "kind": "matmul", "calls": calls, "multiply_adds": multiply_adds,
            "bytes_read": read, "bytes_made": 0, "seconds": {"total": seconds}}


def report(*layers, mode="latency", threads=2, rows=20, steps=10, micro_batch=2):
    return {"layers": list(layers), "run": {"mode": mode, "threads": threads, "rows": rows,
                                            "steps": steps, "micro_batch": micro_batch}}


class LayerCosts(unittest.TestCase):
    def test_shares_are_of_the_time_of_all_layers(self):
        costs = layer_costs(report(layer(3.0), layer(1.0)), ROOF)
        self.assertEqual([cost["share"] for cost in costs], [0.75, 0.25])

    def test_a_time_is_that_of_a_row_of_those_recorded(self):
        (cost,) = layer_costs(report(layer(1.0, calls=5)), ROOF)  # 5 of 10 steps, of 2 rows each.
        self.assertAlmostEqual(cost["seconds"], 0.1)

    def test_a_multiply_add_is_two_operations_of_the_peak(self):
        (cost,) = layer_costs(report(layer(1.0, multiply_adds=5e6)), ROOF)  # 10 ms of 50.
        self.assertAlmostEqual(cost["of_peak"], 0.2)
        self.assertAlmostEqual(cost["of_roof"], 0.2)

    def test_the_roof_is_memory_where_that_takes_longer(self):
        (cost,) = layer_costs(report(layer(1.0, multiply_adds=5e6, read=8e6)), ROOF)  # 40 ms of 50.
        self.assertAlmostEqual(cost["of_peak"], 0.2)
        self.assertAlmostEqual(cost["of_roof"], 0.8)

    def test_in_throughput_mode_threads_work_at_the_same_time(self):
        (cost,) = layer_costs(report(layer(1.0), mode="throughput"), ROOF)
        self.assertAlmostEqual(cost["seconds"], 0.025)


if __name__ == "__main__":
    unittest.main()
