"""A transition of one's own, in one file: the new shot opens as a circle.

In the pyproject.toml of the package that brings it, a line makes it known by name:

    [project.entry-points."songreel.transitions"]
    iris = "iris_transition:Iris"

In a plan: `"transition": {"kind": "iris", "seconds": 0.5, "settings": {"edge": 0.1}}`. Clips get
handles for it, since both shots are seen at once.
"""

import numpy as np


class Iris:
    """The new shot opens from the middle.

    Args:
        edge: Width of the soft rim, in picture heights.
    """

    def __init__(self, edge: float = 0.05) -> None:
        if not 0 < edge <= 1:
            raise ValueError(f"an edge of {edge:g} is not between 0 and 1")
        self._edge = edge

    def mix(self, old, new, i, n):
        """Picture `i` of `n`; the cut is at `n // 2`. Luma rows first, then both chromas."""
        rows, columns = old.shape[0] * 2 // 3, old.shape[1]
        y, x = np.ogrid[:rows, :columns]
        away = np.hypot(y - rows / 2, x - columns / 2) / rows
        open_to = (i + 1) / (n + 1) * (np.hypot(1, columns / rows) / 2 + self._edge)
        luma = np.clip((open_to - away) / self._edge, 0, 1)
        half = luma[::2, ::2]
        both = np.concatenate([half.ravel(), half.ravel()]).reshape(rows // 2, columns)
        share = np.concatenate([luma, both])
        return np.round(old + (new.astype(np.float32) - old) * share).astype(np.uint8)
