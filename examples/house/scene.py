"""What is to be seen: solids, their surfaces, lights and where the camera stands."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Vector = tuple[float, float, float]
Picture = NDArray[np.uint8]

BOX, BALL, POST = 0.0, 1.0, 2.0
PLAIN, PLANKS, TILES, BOOKS, BRICK, GRASS, RUG, PAINTING, CURTAIN, MARBLE, LEAVES, WATER = range(12)
FAR = 1e6


@dataclass(frozen=True)
class Material:
    """A surface."""

    colour: Vector
    """Linear RGB, 0 to 1."""
    other: Vector = (0.0, 0.0, 0.0)
    """A second colour of its pattern."""
    pattern: int = PLAIN
    scale: float = 1.0
    """Metres of one repeat."""
    gloss: float = 0.0
    """Share reflected at right angles; more at grazing angles (Schlick 1994)."""
    rough: float = 0.0
    """How far reflections spread."""
    light: Vector = (0.0, 0.0, 0.0)
    """What it sends out itself."""
    ghost: bool = False
    """Throws no shadow: a lampshade around its bulb, a pane."""


@dataclass
class Room:
    """What is to be seen, and its light."""

    zenith: Vector = (0.25, 0.45, 0.9)
    horizon: Vector = (0.9, 0.9, 0.95)
    sun: Vector = (0.4, 0.6, 0.4)
    """Direction towards it."""
    sunlight: Vector = (0.0, 0.0, 0.0)
    open_air: bool = False
    stars: bool = False
    exposure: float = 1.0
    solids: list[list[float]] = field(default_factory=list)
    materials: list[Material] = field(default_factory=list)
    lights: list[list[float]] = field(default_factory=list)

    def box(self, low: Vector, high: Vector, material: Material) -> None:
        """A box between two corners, metres; y is up."""
        self._solid(BOX, material, low, high)

    def ball(self, centre: Vector, radii: Vector | float, material: Material) -> None:
        """An ellipsoid."""
        sizes = (radii, radii, radii) if isinstance(radii, float | int) else radii
        self._solid(BALL, material, centre, sizes)

    def post(self, x: float, z: float, radius: float, low: float, high: float,
             material: Material) -> None:  # fmt: skip
        """A cylinder that stands upright."""
        self._solid(POST, material, (x, low, z), (radius, high, 0.0))

    def lamp(self, centre: Vector, radius: float, light: Vector) -> None:
        """A ball that shines."""
        self.ball(centre, radius, Material((1, 1, 1), light=light, ghost=True))
        self.lights.append([1.0, *centre, radius, 0, 0, 0, 0, 0, *light])

    def window(self, corner: Vector, across: Vector, up: Vector) -> None:
        """An opening through which the sky lights the room."""
        self.lights.append([0.0, *corner, *across, *up, 1, 1, 1])

    def _solid(self, kind: float, material: Material, a: Vector, b: Vector) -> None:
        if material not in self.materials:
            self.materials.append(material)
        self.solids.append([kind, float(self.materials.index(material)), *a, *b])


@dataclass(frozen=True)
class Camera:
    """Where the picture is taken from."""

    at: Vector
    to: Vector
    angle: float = 62.0
    """Of view, across, degrees."""
