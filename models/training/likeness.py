"""What can be told of a video without looking into it, and whether two videos look alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

PLACES = (1 / 6, 1 / 2, 5 / 6)  # of a video's duration, where it is hashed
CELLS = 8  # along each side of a hash
APART = 6  # bits; hashes that differ by more show different pictures


def metadata(path: Path) -> list[float]:
    """Width, height, pictures a second, seconds, bits a second and bytes of a video: all above 0."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        secs = _secs(container)
        size = path.stat().st_size
        return [stream.width, stream.height, float(stream.average_rate), secs, 8 * size / secs, size]


def _secs(container: av.container.InputContainer) -> float:
    return container.duration / av.time_base


def hashes(path: Path) -> np.ndarray:
    """The difference hashes of three pictures of a video: bool [3, 64]."""
    with av.open(str(path)) as container:
        secs = _secs(container)
        return np.array([_hash(_picture_at(container, secs * place)) for place in PLACES])


def _picture_at(container: av.container.InputContainer, secs: float) -> av.VideoFrame:
    """The first picture at or after a time since the beginning, the last one where there is none."""
    start = (container.start_time or 0) / av.time_base
    container.seek(int((start + secs) * av.time_base))
    frame = None
    for frame in container.decode(container.streams.video[0]):
        if (frame.time or 0.0) >= start + secs:
            break
    if frame is None:
        raise ValueError(f"no picture at {secs:.1f} s; look whether it plays: {container.name}")
    return frame


def _hash(frame: av.VideoFrame) -> np.ndarray:
    """Whether the picture gets brighter from cell to cell along each row: bool [64]."""
    small = frame.reformat(CELLS + 1, CELLS, format="gray", interpolation="AREA").to_ndarray().astype(int)
    return (small[:, 1:] > small[:, :-1]).ravel()


def alike(all_hashes: np.ndarray) -> Iterator[tuple[int, int]]:
    """The pairs of videos, by hashes [N, 3, 64], whose pictures are near each other at all three places."""
    for i, one in enumerate(all_hashes):
        differing = (all_hashes[i + 1 :] != one).sum(2)
        for j in np.flatnonzero((differing <= APART).all(1)):
            yield i, i + 1 + int(j)
