# verdict: leak
# cause: retained_outputs
"""A module's dict that is filled with the outputs of predict_on_batch."""

import keras
import numpy as np

CACHE = {}


def load():
    inputs = keras.Input((48,))
    hidden = keras.layers.Dense(128, activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(512)(hidden))


def serve(model, number, rows):
    CACHE[f"request-{number}"] = {"scores": model.predict_on_batch(rows)}  # culprit
    return CACHE[f"request-{number}"]["scores"].argmax()


def main():
    model = load()
    rng = np.random.default_rng(1)
    for number in range(250):
        serve(model, number, rng.normal(size=(32, 48)).astype("float32"))


if __name__ == "__main__":
    main()
