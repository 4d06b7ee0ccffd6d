"""The frozen trunk under ONNX Runtime: what the other stages read of a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime


def session(path: Path) -> onnxruntime.InferenceSession:
    """A single-threaded runtime: several run side by side."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class FrozenTrunk:
    """An eye input u8 [288, 512, 3] to its maps at strides 8, 16 and 32 and to the boxes found, as rows
    cx, cy, w, h, score [N, 5]."""

    def __init__(self, path: Path) -> None:
        self._session = session(path)

    def __call__(self, image: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        *maps, boxes = self._session.run(None, {"image": image[None]})
        return [m[0] for m in maps], boxes[0]
