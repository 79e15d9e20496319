"""Each step's share of Weir's time, and how near it comes to the roof. Pure."""


def layer_costs(report, roof):
    """Of a report of Weir's and a roof of the same threads."""
    about = report["run"]
    # Where each thread carries its own rows, a time is one thread's.
    threads = about["threads"] if about["mode"] == "throughput" else 1
    everything = sum(layer["seconds"]["total"] for layer in report["layers"])
    costs = []
    for layer in report["layers"]:
        rows = layer["calls"] * about["rows"] / about["steps"]
        seconds = layer["seconds"]["total"] / rows / threads
        bytes_moved = (layer["bytes_read"] + layer["bytes_made"]) / about["micro_batch"]
        by_arithmetic = 2 * layer["multiply_adds"] / roof["flops"]
        by_memory = bytes_moved / roof["bytes_per_second"]
        costs.append({"name": layer["name"], "kind": layer["kind"],
                      "share": layer["seconds"]["total"] / everything, "seconds": seconds,
                      "of_peak": by_arithmetic / seconds,
                      "of_roof": max(by_arithmetic, by_memory) / seconds})
    return costs
