"""Embed images by one runtime, in the environment that has it: `python network_runtime.py RUNTIME TASK ANSWER`.

Seconds of wall clock and of the processor: to import and open the network, for the first image, and for all of them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

CLOCKS = tuple[float, float]


def opened(runtime: str, model: str, threads: int) -> Callable[[Any], Any]:
    """The network, from bytes of images to embeddings."""
    if runtime == "openvino":
        import openvino

        settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
        compiled = openvino.Core().compile_model(model, "CPU", settings)
        return lambda images: compiled(images)[0]
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda images: session.run(None, {"images": images})[0]


def clocks() -> CLOCKS:
    """Wall clock and processor."""
    return time.perf_counter(), sum(os.times()[:2])


def main() -> None:
    """Open, embed, write the embeddings and the seconds."""
    runtime, asked, answer = sys.argv[1:]
    task = json.loads(Path(asked).read_text("utf-8"))
    import numpy as np

    pixels = np.load(task["pixels"])
    marks = [clocks()]
    embed = opened(runtime, task["model"], task["threads"])
    marks.append(clocks())
    embed(pixels[:1])
    marks.append(clocks())
    rows = [embed(pixels[start : start + task["batch"]]) for start in range(0, len(pixels), task["batch"])]
    marks.append(clocks())
    np.save(task["embeddings"], np.concatenate(rows))
    opening, first, rest = ([after[n] - before[n] for n in (0, 1)] for before, after in pairwise(marks))
    seconds = {"opening": opening, "first": first, "all": rest, "images": len(pixels)}
    Path(answer).write_text(json.dumps(seconds), "utf-8")


if __name__ == "__main__":
    main()
