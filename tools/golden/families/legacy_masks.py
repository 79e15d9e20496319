"""Masks that Keras 2 hands through TimeDistributed (see keras2.py)."""

from families.legacy import FILES, Keras2Case

MODELS = ("words_of_sentences", "sentences_encoded")

CASES = [Keras2Case(name, file, MODELS) for name in MODELS for file in FILES]
