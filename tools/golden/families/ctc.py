"""Connectionist temporal classification: what sequences of logits read as, and its loss."""

import numpy as np
from case import Case
from keras import ops

LOGITS = (9, 5)


def readings(x, lengths, **options):
    labels, scores = ops.ctc_decode(x, lengths, **options)
    return ops.transpose(labels, (1, 0, 2)), scores


def decoded(name, logits=LOGITS, scale=2.0, high=None, rows=4, **options):
    return Case(
        f"ctc_decode_{name}",
        lambda x, lengths: readings(x, lengths, **options),
        shape=[logits, ()],
        dtype=["float32", "int32"],
        high=high or logits[0] + 1,
        rows=rows,
        scale=scale,
    )


def lost(name, labels=4, logits=(12, 6), high=6, numbers=None, lengths=None, **options):
    """The lengths are a whole number of each sample, or as said."""
    longest, steps = lengths or ((1, labels), (9, logits[0]))

    def between(limits, x):
        low, top = limits
        return low + ops.cast(ops.mod(x, top - low + 1), "int32")

    return Case(
        f"ctc_loss_{name}",
        lambda target, output, a, b: ops.ctc_loss(
            target, output, between(longest, a), between(steps, b), **options
        ),
        shape=[(labels,), logits, (), ()],
        dtype=["int32", "float32", "int32", "int32"],
        high=high,
        numbers=numbers,
        rows=5,
    )


CASES = [
    decoded("greedy"),
    decoded("greedy_unmerged", merge_repeated=False),
    decoded("greedy_last_is_blank", mask_index=4),
    decoded("greedy_counted_from_the_end", mask_index=-2),
    decoded("greedy_no_index", mask_index=None),
    decoded("greedy_two_classes", (14, 2)),
    decoded("greedy_one_step", (1, 3)),
    Case(
        "ctc_decode_greedy_labels_only",
        lambda x, lengths: ops.ctc_decode(x, lengths)[0][0],
        shape=[LOGITS, ()],
        dtype=["float32", "int32"],
        high=10,
    ),
    *[
        decoded(f"beam_{name}", strategy="beam_search", **options)
        for name, options in {
            "usual": {},
            "narrow": {"beam_width": 2},
            "narrowest": {"beam_width": 1},
            "few": {"beam_width": 4, "top_paths": 1, "logits": (20, 3), "scale": 0.5},
            "flat": {"beam_width": 7, "logits": (30, 4), "scale": 0.3},
            "long": {"beam_width": 12, "logits": (40, 11), "scale": 1.5},
            "other_blank": {"beam_width": 5, "mask_index": 2},
            "no_index": {"beam_width": 5, "mask_index": None},
            "counted_from_the_end": {"beam_width": 5, "mask_index": -3},
            "merged": {"beam_width": 5, "merge_repeated": True, "logits": (12, 3)},
        }.items()
    ],
    Case(
        "ctc_decode_beam_three_paths",
        lambda x: readings(
            x,
            ops.cast(7 + 0 * x[:, 0, 0], "int32"),
            strategy="beam_search",
            beam_width=6,
            top_paths=3,
        ),
        shape=(7, 4),
    ),
    lost("defaults", numbers=range(1, 6)),
    lost("repeated_labels", numbers=(1, 1, 1, 3)),
    lost("other_blank", mask_index=3, numbers=(0, 1, 2, 4, 5)),
    lost("last_is_blank", mask_index=-1, numbers=range(5)),
    lost("blank_as_a_label", mask_index=2),
    lost("no_class", numbers=(-1, 2, 7, 9)),
    lost("no_class_other_blank", mask_index=2, numbers=(-1, -2, 3, 9)),
    lost("not_readable", logits=(3, 6), lengths=((4, 4), (0, 2)), numbers=range(1, 6)),
    lost("nothing_to_read", lengths=((0, 0), (3, 12)), numbers=range(1, 6)),
    lost("length_of_padding", lengths=((5, 6), (3, 12)), numbers=range(1, 6)),
    lost("one_step", labels=1, logits=(1, 3), lengths=((1, 1), (1, 1)), numbers=(1, 2)),
]
