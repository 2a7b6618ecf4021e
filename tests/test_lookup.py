import numpy as np

from songreel.grading import lookup
from songreel.grading.lookup import LookUp


def _at_its_nodes(table, luma, first, second):
    """What the table adds, worked out for each pixel: linear between chromas."""

    def added(channel, code, u, v):
        i, j, p, q = u >> 3, v >> 3, u & 7, v & 7
        total = sum(
            table[channel, i + a, j + b, code].astype(int)
            * ((p if a else 8 - p) * (q if b else 8 - q))
            for a in (0, 1) for b in (0, 1)
        )  # fmt: skip
        return (total + 2048) >> 12

    y, u, v = luma.astype(int), first.astype(int), second.astype(int)
    wide_u, wide_v = (plane.repeat(2, 0).repeat(2, 1) for plane in (u, v))
    mean = (y[::2, ::2] + y[::2, 1::2] + y[1::2, ::2] + y[1::2, 1::2] + 2) >> 2
    found = y + added(0, y, wide_u, wide_v), u + added(1, mean, u, v), v + added(2, mean, u, v)
    return [np.clip(plane, 0, 255) for plane in found]


def test_every_pixel_gets_what_the_table_has_also_when_more_pairs_come_than_are_kept(monkeypatch):
    monkeypatch.setattr(lookup, "_KEPT", 40)
    random = np.random.default_rng(5)
    table = random.integers(-3000, 3000, (3, 33, 33, 256)).astype(np.int16)
    look_up = LookUp(table)
    for _ in range(3):
        planes = [random.integers(0, 256, shape).astype(np.uint8)
                  for shape in ((24, 32), (12, 16), (12, 16))]  # fmt: skip
        wanted = _at_its_nodes(table, *planes)
        look_up(*planes, *planes)
        for plane, right in zip(planes, wanted, strict=True):
            np.testing.assert_array_equal(plane, right)
