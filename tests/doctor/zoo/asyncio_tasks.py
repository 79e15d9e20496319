# verdict: leak
# cause: retained_outputs
"""A server of coroutines that keeps its tasks so that they are not collected, also when they are done."""

import asyncio

import keras
import numpy as np

model = keras.Sequential([keras.Input((16,)), keras.layers.Dense(8192)])
rows = np.ones((16, 16), "float32")
tasks = set()


async def answer():
    await asyncio.sleep(0)
    return model.predict_on_batch(rows)


async def serve():
    for step in range(300):
        task = asyncio.create_task(answer())
        tasks.add(task)  # culprit
        await task


asyncio.run(serve())
