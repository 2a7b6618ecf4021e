"""What the rooms are built of: materials, walls with windows, tables, plants, the garden."""

from collections.abc import Sequence

from scene import GRASS, LEAVES, PLANKS, TILES, Material, Room, Vector

WHITE = Material((0.80, 0.78, 0.74))
PLASTER = Material((0.74, 0.70, 0.63))
CLOUDY = Material((0.45, 0.52, 0.50))
OAK = Material((0.42, 0.25, 0.12), (0.20, 0.10, 0.045), PLANKS, 0.14, 0.05, 0.16)
WALNUT = Material((0.17, 0.085, 0.04), (0.08, 0.04, 0.02), PLANKS, 0.5, 0.04, 0.25)
PINE = Material((0.56, 0.38, 0.20), (0.38, 0.22, 0.10), PLANKS, 0.3, 0.03, 0.3)
BLACK = Material((0.025, 0.025, 0.028), gloss=0.05, rough=0.2)
BRASS = Material((0.75, 0.50, 0.20), gloss=0.55, rough=0.12)
STEEL = Material((0.6, 0.6, 0.6), gloss=0.6, rough=0.1)
LAWN = Material((0.085, 0.14, 0.03), (0.03, 0.065, 0.012), GRASS, 0.5)
HEDGE = Material((0.07, 0.13, 0.03), (0.02, 0.05, 0.01), LEAVES, 0.2)
BARK = Material((0.10, 0.07, 0.045))
STONE = Material((0.42, 0.40, 0.37), (0.25, 0.24, 0.22), TILES, 0.8, 0.02, 0.3)
POT = Material((0.50, 0.20, 0.10))
FERN = Material((0.08, 0.19, 0.05), (0.02, 0.06, 0.012), LEAVES, 0.055)
BULB = (1.0, 0.62, 0.28)
"""Colour of an incandescent lamp of 2700 K, linear."""

Opening = tuple[str, float, float, float, float]
"""Wall (`back`, `front`, `left`, `right`), from and to along it, from and to above the floor."""


def shone(amount: float) -> Vector:
    """Lamplight of a strength."""
    return (BULB[0] * amount, BULB[1] * amount, BULB[2] * amount)


def shade(amount: float) -> Material:
    """A lampshade with a bulb in it."""
    return Material((0.9, 0.8, 0.6), light=shone(amount), ghost=True)


def shell(room: Room, wide: float, deep: float, high: float, floor: Material, wall: Material,
          openings: Sequence[Opening] = (), ceiling: Material = WHITE) -> None:  # fmt: skip
    """Floor, ceiling and four walls with windows in them."""
    room.box((-0.3, -0.2, -0.3), (wide + 0.3, 0, deep + 0.3), floor)
    room.box((-0.3, high, -0.3), (wide + 0.3, high + 0.2, deep + 0.3), ceiling)
    for side, length in (("back", wide), ("front", wide), ("left", deep), ("right", deep)):
        mine = sorted(o for o in openings if o[0] == side)
        at = -0.25
        for _, start, end, low, top in mine:
            _piece(room, side, wide, deep, (at, start, 0, high), wall)
            _piece(room, side, wide, deep, (start, end, 0, low), wall)
            _piece(room, side, wide, deep, (start, end, top, high), wall)
            _framed(room, side, wide, deep, (start, end, low, top))
            at = end
        _piece(room, side, wide, deep, (at, length + 0.25, 0, high), wall)
        skirting = Material((0.78, 0.76, 0.72), gloss=0.02, rough=0.3)
        at = 0.0
        for _, start, end, low, _top in [*mine, (side, length, length, 1.0, 1.0)]:
            stop = start if low < 0.2 else end
            _piece(room, side, wide, deep, (at, stop, 0, 0.12), skirting, -0.02)
            at = end


def _piece(room: Room, side: str, wide: float, deep: float,
           span: tuple[float, float, float, float], material: Material,
           back: float = 0.0) -> None:  # fmt: skip
    start, end, low, top = span
    if end - start < 1e-6 or top - low < 1e-6:
        return
    thick = 0.22
    if side in ("back", "front"):
        near, far = (deep + back, deep + thick) if side == "back" else (-thick, -back)
        room.box((start, low, near), (end, top, far), material)
    else:
        near, far = (wide + back, wide + thick) if side == "right" else (-thick, -back)
        room.box((near, low, start), (far, top, end), material)


def _framed(room: Room, side: str, wide: float, deep: float,
            span: tuple[float, float, float, float]) -> None:  # fmt: skip
    """Bars of a window, and the light that comes in by it."""
    start, end, low, top = span
    bar = 0.045
    posts = max(round((end - start) / 0.85), 1)
    bars = [(start + (end - start) * k / posts, low, top) for k in range(posts + 1)]
    rails = [low, top] if top - low < 1.2 else [low, low + (top - low) * 0.68, top]
    flat = side in ("back", "front")
    at = {"back": deep + 0.1, "front": -0.1, "left": -0.1, "right": wide + 0.1}[side]
    for x, a, b in bars:
        if flat:
            room.box((x - bar, a, at - 0.03), (x + bar, b, at + 0.03), WHITE)
        else:
            room.box((at - 0.03, a, x - bar), (at + 0.03, b, x + bar), WHITE)
    for y in rails:
        if flat:
            room.box((start, y - bar, at - 0.03), (end, y + bar, at + 0.03), WHITE)
        else:
            room.box((at - 0.03, y - bar, start), (at + 0.03, y + bar, end), WHITE)
    if flat:
        room.window((start, low, at), (end - start, 0, 0), (0, top - low, 0))
    else:
        room.window((at, low, start), (0, 0, end - start), (0, top - low, 0))


def table(room: Room, low: Vector, high: Vector, material: Material, leg: float = 0.05) -> None:
    """A top on four legs."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    room.box((x0, y1 - 0.04, z0), (x1, y1, z1), material)
    for x in (x0 + leg, x1 - leg):
        for z in (z0 + leg, z1 - leg):
            room.box(
                (x - leg / 2, y0, z - leg / 2), (x + leg / 2, y1 - 0.04, z + leg / 2), material
            )


def plant(room: Room, x: float, z: float, high: float) -> None:
    """A fern in a pot."""
    room.post(x, z, 0.17, 0, 0.32, POT)
    room.ball((x, high * 0.62, z), (high * 0.27, high * 0.36, high * 0.27), FERN)
    room.ball((x + 0.08, high * 0.85, z - 0.05), (high * 0.2, high * 0.2, high * 0.2), FERN)


def tree(room: Room, x: float, z: float, high: float, wide: float) -> None:
    """A trunk and its crown."""
    room.post(x, z, 0.16, 0, high * 0.6, BARK)
    for dx, dy, dz, r in ((0, 0.72, 0, 1.0), (0.5, 0.62, 0.2, 0.7), (-0.5, 0.66, -0.2, 0.75),
                          (0.1, 0.9, 0.1, 0.6)):  # fmt: skip
        room.ball((x + dx * wide, high * dy, z + dz * wide), (wide * r, wide * r * 0.8, wide * r),
                  HEDGE)  # fmt: skip


def garden(room: Room) -> None:
    """What is seen through windows."""
    room.box((-60, -0.6, -60), (60, -0.35, 60), LAWN)
    for x, z, high, wide in ((2, 16, 7, 2.4), (8, 19, 8, 2.8), (-6, 18, 7, 2.6), (16, 9, 7, 2.4),
                             (-12, 6, 7, 2.4), (15, 1, 6, 2.2)):  # fmt: skip
        tree(room, x, z, high, wide)
