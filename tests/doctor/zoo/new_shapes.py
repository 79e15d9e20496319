# verdict: leak
# cause: retracing
"""Sentences of all lengths: each new length is a trace of its own."""

import numpy as np
import tensorflow as tf

table = tf.Variable(tf.random.normal((1000, 64)))
kernel = tf.Variable(tf.random.normal((64, 64)))


@tf.function(reduce_retracing=False)
def encode(tokens):
    state = tf.gather(table, tokens)
    for _ in range(6):
        state = tf.tanh(tf.matmul(state, kernel))
    return tf.reduce_mean(state, axis=0)


def main():
    for length in range(10, 160):
        tokens = np.arange(length) % 1000
        encode(tf.constant(tokens, tf.int32))  # culprit


main()
