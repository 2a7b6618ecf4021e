"""The seven places of the house, in metres: x to the right, y up, z away from the door."""

from parts import (
    BARK,
    BLACK,
    BRASS,
    FERN,
    HEDGE,
    LAWN,
    OAK,
    PINE,
    PLASTER,
    STEEL,
    STONE,
    WALNUT,
    WHITE,
    garden,
    plant,
    shade,
    shell,
    shone,
    table,
    tree,
)
from scene import (
    BOOKS,
    BRICK,
    CURTAIN,
    LEAVES,
    MARBLE,
    PAINTING,
    PLANKS,
    RUG,
    TILES,
    WATER,
    Camera,
    Material,
    Room,
)


def outside(close: bool) -> tuple[Room, Camera]:
    """The house at dusk: lamps behind its windows, the last light in the west."""
    room = Room((0.035, 0.065, 0.17), (0.60, 0.30, 0.20), (-0.75, 0.07, 0.7), open_air=True,
                exposure=2.6 if close else 3.0)  # fmt: skip
    brick = Material((0.40, 0.19, 0.12), (0.45, 0.40, 0.34), BRICK, 0.26)
    render = Material((0.62, 0.58, 0.52))
    timber = Material((0.30, 0.16, 0.075), (0.14, 0.07, 0.035), PLANKS, 0.16, 0.03, 0.3)
    warm = Material((0.8, 0.6, 0.35), light=(1.15, 0.66, 0.27), ghost=True)
    room.box((-60, -0.5, -60), (60, 0, 60), LAWN)
    room.box((-1.1, 0, -30), (1.1, 0.03, 8), STONE)
    # Ground floor of brick, upper floor that stands out to the left, in timber.
    for low, high in (((-5, 0, 8), (-3.9, 3, 8.3)), ((-3.9, 0, 8), (-1.6, 0.5, 8.3)),
                      ((-3.9, 2.6, 8), (-1.6, 3, 8.3)), ((-1.6, 0, 8), (-0.75, 3, 8.3)),
                      ((-0.75, 2.35, 8), (0.75, 3, 8.3)), ((0.75, 0, 8), (1.5, 3, 8.3)),
                      ((1.5, 2.6, 8), (5.6, 3, 8.3)), ((5.6, 0, 8), (6, 3, 8.3))):  # fmt: skip
        room.box(low, high, brick)
    room.box((-5, 0, 8.3), (-4.7, 3, 16), brick)
    room.box((5.7, 0, 8.3), (6, 3, 16), brick)
    room.box((-5.4, 3, 7.2), (6.6, 3.25, 16.5), render)
    for low, high in (((-6, 3.25, 8.6), (-4.6, 6, 9)), ((-4.6, 3.25, 8.6), (-1.4, 3.9, 9)),
                      ((-4.6, 5.6, 8.6), (-1.4, 6, 9)), ((-1.4, 3.25, 8.6), (2.6, 6, 9)),
                      ((-6, 3.25, 9), (-5.7, 6, 15)), ((2.3, 3.25, 9), (2.6, 6, 15))):  # fmt: skip
        room.box(low, high, timber)
    room.box((-6.5, 6, 8.0), (3.1, 6.25, 15.6), render)
    # What is behind the glass.
    for x0, x1, y0, y1, z in ((-4.7, -0.8, 0, 3, 11.5), (-0.75, 5.7, 0, 3, 12.5),
                              (-5.7, 2.3, 3.25, 6, 11.5)):  # fmt: skip
        room.box((x0, y0, z), (x1, y1, z + 0.2), PLASTER)
    for x in (-3.2, 2.6, 4.6):
        room.lamp((x, 2.2, 10), 0.16, shone(34))
    room.lamp((-3, 5.2, 10.2), 0.16, shone(26))
    room.box((2.2, 0, 11.6), (4.2, 0.45, 12.3), Material((0.12, 0.22, 0.25)))
    room.box((2.2, 0.45, 12.0), (4.2, 0.85, 12.3), Material((0.12, 0.22, 0.25)))
    room.box((4.6, 1.1, 12.4), (5.4, 1.9, 12.5), Material((0.3, 0.3, 0.35), (0.5, 0.2, 0.1),
             PAINTING, 0.7))  # fmt: skip
    room.box((-0.7, 0, 8.1), (0.7, 2.3, 8.2), Material((0.05, 0.12, 0.13), gloss=0.04, rough=0.2))
    room.box((-0.35, 0.9, 8.05), (0.35, 2.1, 8.1), warm)
    room.box((0.52, 0.95, 7.98), (0.56, 1.25, 8.1), BRASS)
    for x in (-3.9, -2.75, -1.6, 1.5, 2.87, 4.24, 5.6):
        room.box((x - 0.04, 0, 8.1), (x + 0.04, 2.6, 8.18), BLACK)
    for x in (-4.6, -3, -1.4):
        room.box((x - 0.04, 3.9, 8.7), (x + 0.04, 5.6, 8.78), BLACK)
    for x in (-1.25, 1.25):
        room.lamp((x, 2.15, 7.8), 0.09, shone(30))
        room.box((x - 0.3, 0, 7.2), (x + 0.3, 0.5, 7.8), Material((0.16, 0.16, 0.17)))
        room.ball((x, 0.8, 7.5), 0.42, HEDGE)
    for z in (-4.0, -0.5, 3.0, 6.0):
        for x in (-1.35, 1.35):
            room.lamp((x, 0.28, z), 0.06, shone(16))
    for x in (-9.5, -8, -6.6, 7.6, 9.2, 10.8):
        room.ball((x, 0.7, 7.5), (1.0, 1.1, 0.9), HEDGE)
    tree(room, -9.5, 12, 9, 2.8)
    tree(room, 10.5, 14, 10, 3.0)
    tree(room, 6.5, 22, 11, 3.0)
    tree(room, -14, 20, 12, 3.4)
    at, to = ((0.9, 1.65, -5.3), (-0.1, 2.58, 8)) if close else ((1.3, 1.6, -6.6), (-0.1, 2.6, 8))
    return room, Camera(at, to, 66)


def hall(close: bool) -> tuple[Room, Camera]:
    """The hall: evening sun through the door's panes, a mirror, a long rug."""
    room = Room((0.30, 0.42, 0.70), (1.05, 0.75, 0.50), (-0.42, 0.36, 0.83), (5.5, 3.5, 1.7),
                exposure=2.7)  # fmt: skip
    shell(room, 3.4, 7, 2.9, OAK, Material((0.42, 0.48, 0.44)),
          [("back", 0.35, 1.0, 0.15, 2.5), ("back", 1.15, 2.25, 0.0, 2.35),
           ("back", 2.4, 3.05, 0.15, 2.5)])  # fmt: skip
    garden(room)
    door = Material((0.16, 0.20, 0.10), gloss=0.04, rough=0.25)
    room.box((1.15, 0, 7.05), (2.25, 1.0, 7.12), door)
    room.box((1.15, 1.0, 7.05), (1.35, 2.35, 7.12), door)
    room.box((2.05, 1.0, 7.05), (2.25, 2.35, 7.12), door)
    room.ball((1.25, 1.02, 7.0), 0.045, BRASS)
    room.box((0.95, 0.0, 1.2), (2.45, 0.015, 6.2), Material((0.36, 0.06, 0.05), (0.62, 0.48, 0.28),
             RUG, 0.16))  # fmt: skip
    table(room, (0.02, 0, 3.5), (0.42, 0.82, 5.1), WALNUT)
    room.box((0.0, 1.1, 3.75), (0.04, 2.1, 4.85), BRASS)
    room.box((0.03, 1.15, 3.8), (0.05, 2.05, 4.8), Material((0.9, 0.9, 0.9), gloss=0.93))
    room.post(0.22, 3.8, 0.10, 0.82, 0.86, BRASS)
    room.post(0.22, 3.8, 0.02, 0.86, 1.1, BRASS)
    room.post(0.22, 3.8, 0.13, 1.08, 1.36, shade(2.2))
    room.lamp((0.22, 1.22, 3.8), 0.06, shone(26))
    room.post(0.22, 4.7, 0.06, 0.82, 1.05, Material((0.12, 0.22, 0.35), gloss=0.1, rough=0.05))
    room.ball((0.22, 1.18, 4.7), (0.15, 0.18, 0.15), Material((0.65, 0.30, 0.33), (0.3, 0.45, 0.2),
              LEAVES, 0.07))  # fmt: skip
    for k, z in enumerate((2.2, 3.6, 5.0)):
        room.box((3.36, 1.2, z), (3.4, 1.95, z + 0.95),
                 Material((0.55, 0.60, 0.62), (0.30 - 0.1 * k, 0.18 + 0.05 * k, 0.12), PAINTING,
                          0.4 + k))  # fmt: skip
    room.box((2.95, 0, 5.9), (3.38, 0.45, 6.9), WALNUT)
    room.box((2.97, 0.45, 5.92), (3.36, 0.53, 6.88), Material((0.45, 0.30, 0.14)))
    for k, z in enumerate((6.1, 6.35, 6.65)):
        room.box((3.3, 1.75, z), (3.4, 1.78, z + 0.03), BRASS)
        coat = ((0.07, 0.10, 0.20), (0.40, 0.26, 0.10), (0.22, 0.05, 0.05))[k]
        room.box((3.2, 0.85, z - 0.08), (3.36, 1.74, z + 0.13),
                 Material(coat, pattern=CURTAIN, scale=0.09))  # fmt: skip
    room.lamp((1.7, 2.35, 3.2), 0.13, shone(9))
    room.post(1.7, 3.2, 0.01, 2.45, 2.9, BLACK)
    plant(room, 0.42, 6.35, 1.25)
    at, to = ((1.85, 1.54, 0.3), (1.62, 1.19, 7)) if close else ((1.9, 1.55, 0.12), (1.62, 1.2, 7))
    return room, Camera(at, to, 72)


def kitchen(close: bool) -> tuple[Room, Camera]:
    """The kitchen: an island under three lamps, morning in the window."""
    room = Room((0.28, 0.46, 0.85), (0.95, 0.92, 0.85), (0.30, 0.42, 0.85), (4.5, 3.7, 2.7),
                exposure=2.5)  # fmt: skip
    tiles = Material((0.62, 0.60, 0.56), (0.36, 0.34, 0.31), TILES, 0.6, 0.03, 0.12)
    shell(room, 5.4, 5.2, 2.8, tiles, PLASTER,
          [("back", 1.4, 3.6, 1.12, 2.35), ("right", 2.4, 4.4, 0.1, 2.3)])  # fmt: skip
    garden(room)
    front = Material((0.10, 0.20, 0.19), gloss=0.03, rough=0.3)
    marble = Material((0.78, 0.76, 0.73), (0.30, 0.30, 0.32), MARBLE, 0.4, 0.05, 0.05)
    room.box((0, 0.1, 4.55), (5.0, 0.88, 5.2), front)
    room.box((0, 0.88, 4.5), (5.02, 0.93, 5.2), marble)
    room.box((0, 0.93, 5.16), (5.0, 1.1, 5.2), Material((0.75, 0.75, 0.70), (0.5, 0.5, 0.5), TILES,
             0.15, 0.06, 0.05))  # fmt: skip
    for k in range(1, 8):
        room.box((k * 0.625 - 0.004, 0.12, 4.545), (k * 0.625 + 0.004, 0.86, 4.56), BLACK)
        room.box((k * 0.625 - 0.20, 0.74, 4.52), (k * 0.625 - 0.02, 0.755, 4.55), BRASS)
    room.box((0, 1.55, 4.85), (1.25, 2.45, 5.2), front)
    room.box((3.8, 1.5, 4.95), (5.0, 1.54, 5.2), PINE)
    for k, x in enumerate((3.95, 4.15, 4.36, 4.6, 4.82)):
        jar = (
            (0.5, 0.2, 0.1),
            (0.7, 0.6, 0.3),
            (0.2, 0.3, 0.15),
            (0.6, 0.55, 0.5),
            (0.3, 0.1, 0.1),
        )
        room.post(x, 5.08, 0.07, 1.54, 1.68 + 0.07 * (k % 3), Material(jar[k], gloss=0.06))
    room.post(2.5, 4.95, 0.018, 0.93, 1.28, STEEL)
    room.box((2.49, 1.26, 4.75), (2.51, 1.28, 4.95), STEEL)
    room.box((1.5, 0.0, 2.0), (3.9, 0.86, 2.9), Material((0.62, 0.60, 0.54)))
    room.box((1.4, 0.86, 1.8), (4.0, 0.92, 3.0), marble)
    for x in (1.9, 2.7, 3.5):
        room.post(x, 2.4, 0.006, 2.0, 2.8, BLACK)
        room.post(x, 2.4, 0.16, 1.82, 1.98, BRASS)
        room.lamp((x, 1.78, 2.4), 0.06, shone(22))
        room.post(x, 1.45, 0.17, 0.62, 0.66, WALNUT)
        for dx, dz in ((-0.1, -0.1), (0.1, -0.1), (-0.1, 0.1), (0.1, 0.1)):
            room.post(x + dx, 1.45 + dz, 0.014, 0, 0.62, BLACK)
    room.ball((2.5, 0.96, 2.3), (0.2, 0.07, 0.2), Material((0.75, 0.72, 0.66), gloss=0.05))
    for k, (dx, dz) in enumerate(((-0.08, 0), (0.06, 0.06), (0.05, -0.08), (-0.02, 0.1), (0, 0))):
        fruit = ((0.75, 0.32, 0.03), (0.65, 0.06, 0.04), (0.75, 0.55, 0.05), (0.72, 0.35, 0.03),
                 (0.35, 0.5, 0.08))[k]  # fmt: skip
        room.ball((2.5 + dx, 1.03 + 0.045 * (k == 4), 2.3 + dz), 0.055, Material(fruit, gloss=0.04))
    room.post(3.3, 2.6, 0.045, 0.92, 1.1, Material((0.2, 0.33, 0.5), gloss=0.08, rough=0.05))
    room.ball((3.3, 1.24, 2.6), (0.16, 0.16, 0.16), Material((0.8, 0.75, 0.35), (0.2, 0.35, 0.1),
              LEAVES, 0.06))  # fmt: skip
    room.box((1.55, 0.92, 2.6), (1.95, 0.945, 2.85), PINE)
    room.ball((1.75, 0.99, 2.72), (0.14, 0.06, 0.07), Material((0.5, 0.28, 0.1)))
    at, to = (
        ((0.6, 1.5, 0.3), (2.85, 1.08, 4.2)) if close else ((0.55, 1.5, 0.3), (2.55, 1.08, 4.2))
    )
    return room, Camera(at, to, 72)


def living(close: bool) -> tuple[Room, Camera]:
    """The living room: books, a fire, low sun across the floor."""
    room = Room((0.25, 0.36, 0.62), (1.1, 0.72, 0.45), (0.88, 0.30, 0.25), (7.5, 4.3, 1.9),
                exposure=2.7)  # fmt: skip
    shell(room, 6.4, 5.6, 2.9, OAK, Material((0.60, 0.56, 0.49)),
          [("right", 1.4, 2.6, 0.1, 2.5), ("right", 3.2, 4.6, 0.1, 2.5)])  # fmt: skip
    garden(room)
    linen = Material((0.66, 0.61, 0.53), pattern=CURTAIN, scale=0.12)
    for z in (0.95, 2.72, 4.7):
        room.box((6.26, 0.05, z), (6.38, 2.7, z + 0.4), linen)
    room.box((0.35, 0, 5.25), (2.35, 2.55, 5.6), Material((0.30, 0.17, 0.08), pattern=BOOKS,
             scale=0.042))  # fmt: skip
    room.box((4.0, 0, 5.25), (6.0, 2.55, 5.6), Material((0.30, 0.17, 0.08), pattern=BOOKS,
             scale=0.045))  # fmt: skip
    hearth = Material((0.45, 0.24, 0.17), (0.5, 0.46, 0.41), BRICK, 0.24)
    room.box((2.45, 0, 5.1), (2.75, 1.15, 5.6), hearth)
    room.box((3.6, 0, 5.1), (3.9, 1.15, 5.6), hearth)
    room.box((2.45, 0.85, 5.1), (3.9, 1.2, 5.6), hearth)
    room.box((2.35, 1.2, 5.0), (4.0, 1.27, 5.6), WALNUT)
    room.box((2.75, 0, 5.5), (3.6, 0.9, 5.6), BLACK)
    room.box((2.6, 1.45, 5.55), (3.75, 2.45, 5.6), Material((0.6, 0.62, 0.62), (0.12, 0.25, 0.30),
             PAINTING, 2.3))  # fmt: skip
    for x, high, wide in ((3.0, 0.26, 0.10), (3.17, 0.38, 0.12), (3.36, 0.28, 0.10)):
        room.ball((x, 0.1 + high / 2, 5.3), (wide, high / 1.6, 0.08),
                  Material((1, 0.5, 0.1), light=(6.0, 1.9, 0.35), ghost=True))  # fmt: skip
    room.lights.append([1.0, 3.18, 0.3, 5.22, 0.16, 0, 0, 0, 0, 0, 16, 5.6, 1.3])
    for x in (2.85, 3.1):
        room.box((x, 0.02, 5.2), (x + 0.42, 0.12, 5.36), BARK)
    room.box((1.5, 0, 1.6), (4.9, 0.02, 4.4), Material((0.55, 0.50, 0.42), (0.16, 0.22, 0.30), RUG,
             0.22))  # fmt: skip
    sofa = Material((0.09, 0.20, 0.22))
    room.box((0.25, 0.12, 1.6), (1.2, 0.42, 4.1), sofa)
    room.box((0.1, 0.12, 1.6), (0.42, 0.85, 4.1), sofa)
    for z in (1.42, 4.06):
        room.box((0.12, 0.1, z), (1.2, 0.62, z + 0.22), sofa)
    for z in (1.68, 2.88):
        room.ball((0.85, 0.45, z + 0.58), (0.48, 0.13, 0.6), sofa)
    for z, colour in ((1.95, (0.70, 0.36, 0.10)), (3.65, (0.62, 0.55, 0.42))):
        room.ball((0.56, 0.68, z), (0.13, 0.23, 0.25), Material(colour))
    table(room, (2.5, 0.02, 2.4), (3.9, 0.42, 3.4), WALNUT)
    for k, colour in enumerate(((0.5, 0.12, 0.1), (0.1, 0.2, 0.35), (0.7, 0.66, 0.55))):
        room.box((2.7, 0.42 + 0.035 * k, 2.6), (3.05 - 0.03 * k, 0.455 + 0.035 * k, 2.85),
                 Material(colour))  # fmt: skip
    room.post(2.75, 3.2, 0.07, 0.42, 0.6, Material((0.62, 0.6, 0.55), gloss=0.05))
    room.ball((2.75, 0.72, 3.2), (0.16, 0.14, 0.16), FERN)
    chair = Material((0.42, 0.20, 0.08))
    room.box((4.75, 0.18, 3.7), (5.5, 0.42, 4.5), chair)
    room.box((5.35, 0.18, 3.7), (5.58, 0.98, 4.5), chair)
    room.post(0.45, 4.75, 0.018, 0, 1.5, BRASS)
    room.post(0.45, 4.75, 0.22, 1.42, 1.76, shade(1.7))
    room.lamp((0.45, 1.58, 4.75), 0.09, shone(20))
    plant(room, 5.85, 4.95, 1.6)
    at, to = (
        ((3.66, 1.4, 0.36), (3.03, 1.02, 5.4)) if close else ((3.9, 1.45, 0.1), (3.0, 1.0, 5.4))
    )
    return room, Camera(at, to, 70)


def stairs(close: bool) -> tuple[Room, Camera]:
    """The stairs: treads of oak, light from above."""
    room = Room((0.35, 0.52, 0.95), (1.0, 0.95, 0.9), (0.22, 0.75, -0.35), (6.0, 5.2, 4.2),
                exposure=4.4)  # fmt: skip
    wall = Material((0.66, 0.64, 0.60))
    shell(room, 3.6, 7.5, 5.4, OAK, wall, [("left", 4.3, 6.9, 3.4, 5.0),
          ("right", 0.8, 2.0, 0.9, 2.6)])  # fmt: skip
    garden(room)
    tread = Material((0.46, 0.28, 0.14), (0.26, 0.14, 0.06), PLANKS, 0.3, 0.04, 0.2)
    for k in range(14):
        y, z = 0.19 * (k + 1), 1.9 + 0.27 * k
        room.box((1.25, y - 0.05, z - 0.03), (3.6, y, z + 0.3), tread)
        room.box((1.28, y - 0.19, z), (3.6, y - 0.05, z + 0.03), WHITE)
        room.box((1.28, 0, z + 0.03), (1.34, y - 0.05, z + 0.3), WHITE)
        for dz in (0.05, 0.18):
            room.box((1.30, y, z + dz), (1.325, y + 0.86, z + dz + 0.025), BLACK)
        room.box((1.27, y + 0.86, z - 0.02), (1.36, y + 0.95, z + 0.29), WALNUT)
        room.box((1.9, y + 0.0, z - 0.02), (3.0, y + 0.012, z + 0.3), Material((0.20, 0.26, 0.32),
                 (0.55, 0.45, 0.3), RUG, 0.12))  # fmt: skip
    room.box((1.24, 0, 1.7), (1.38, 1.15, 1.84), WALNUT)
    room.ball((1.31, 1.22, 1.77), 0.09, WALNUT)
    room.box((0.0, 2.6, 5.7), (3.6, 2.68, 7.5), tread)
    for k in range(8):
        x = 0.1 + 0.15 * k
        room.box((x, 2.68, 5.7), (x + 0.025, 3.55, 5.725), BLACK)
    room.box((0.0, 3.55, 5.66), (1.36, 3.63, 5.76), WALNUT)
    for k, (z, y, s) in enumerate(((2.6, 1.75, 0.6), (3.7, 2.5, 0.75), (4.9, 3.35, 0.6))):
        room.box((3.56, y, z), (3.6, y + s, z + s * 0.9), Material((0.62, 0.62, 0.6),
                 (0.15 + 0.2 * k, 0.2, 0.28 - 0.1 * k), PAINTING, 1.1 + k))  # fmt: skip
    for x, y, z in ((2.35, 3.5, 4.0), (2.6, 3.05, 3.8), (2.15, 2.75, 4.2)):
        room.post(x, z, 0.006, y + 0.1, 5.4, BLACK)
        room.lamp((x, y, z), 0.11, shone(7))
    plant(room, 0.6, 4.6, 1.9)
    room.box((0.05, 0, 2.6), (0.5, 0.5, 3.8), WALNUT)
    for k, colour in enumerate(((0.5, 0.15, 0.1), (0.15, 0.25, 0.4), (0.6, 0.55, 0.4))):
        room.box((0.12, 0.5 + 0.04 * k, 2.9), (0.42 - 0.03 * k, 0.54 + 0.04 * k, 3.3),
                 Material(colour))  # fmt: skip
    at, to = ((1.48, 1.48, 0.2), (2.02, 2.12, 5)) if close else ((1.35, 1.35, 0.12), (2.0, 1.9, 5))
    return room, Camera(at, to, 74)


def bedroom(close: bool) -> tuple[Room, Camera]:
    """The bedroom: blue evening outside, a lamp on either side of the bed."""
    room = Room((0.05, 0.10, 0.28), (0.32, 0.30, 0.42), (-0.6, 0.25, 0.7), exposure=4.4)
    shell(room, 5.2, 4.8, 2.7, Material((0.40, 0.26, 0.14), (0.24, 0.14, 0.07), PLANKS, 0.16, 0.04,
          0.2), Material((0.36, 0.40, 0.46)), [("left", 1.3, 3.3, 0.7, 2.3)])  # fmt: skip
    garden(room)
    cloth = Material((0.50, 0.44, 0.42), pattern=CURTAIN, scale=0.13)
    room.box((0.02, 0.05, 0.8), (0.14, 2.5, 1.4), cloth)
    room.box((0.02, 0.05, 3.2), (0.14, 2.5, 3.8), cloth)
    room.box((0.02, 2.5, 0.75), (0.06, 2.54, 3.85), BRASS)
    room.box((1.7, 0.1, 2.45), (3.9, 0.38, 4.75), WALNUT)
    room.box((1.6, 0.1, 4.68), (4.0, 1.25, 4.8), Material((0.20, 0.26, 0.24)))
    room.box((1.75, 0.38, 2.5), (3.85, 0.55, 4.68), Material((0.74, 0.72, 0.68)))
    quilt = Material((0.60, 0.56, 0.50), (0.16, 0.24, 0.34), RUG, 0.2)
    room.box((1.68, 0.34, 2.42), (3.92, 0.60, 3.75), quilt)
    room.ball((2.8, 0.58, 3.1), (1.1, 0.09, 0.72), Material((0.62, 0.58, 0.52)))
    for x, colour in ((2.25, (0.78, 0.76, 0.72)), (3.35, (0.78, 0.76, 0.72))):
        room.ball((x, 0.70, 4.35), (0.42, 0.17, 0.26), Material(colour))
        room.ball((x, 0.72, 4.1), (0.28, 0.16, 0.12), Material((0.55, 0.26, 0.13)))
    for x in (1.2, 4.4):
        room.box((x - 0.25, 0.1, 4.3), (x + 0.25, 0.5, 4.75), WALNUT)
        room.post(x, 4.52, 0.09, 0.5, 0.53, BRASS)
        room.post(x, 4.52, 0.018, 0.5, 0.78, BRASS)
        room.post(x, 4.52, 0.16, 0.76, 1.04, shade(1.6))
        room.lamp((x, 0.9, 4.52), 0.07, shone(24))
    room.box((1.24, 0.5, 4.35), (1.42, 0.54, 4.5), Material((0.5, 0.12, 0.1)))
    room.box((2.0, 1.5, 4.76), (3.6, 2.3, 4.8), Material((0.55, 0.58, 0.66), (0.18, 0.22, 0.34),
             PAINTING, 3.7))  # fmt: skip
    room.box((0.9, 0, 0.9), (4.3, 0.02, 3.2), Material((0.58, 0.53, 0.46), (0.36, 0.20, 0.16), RUG,
             0.25))  # fmt: skip
    room.box((4.6, 0, 1.2), (5.2, 2.2, 3.2), PINE)
    for z in (1.86, 2.53):
        room.box((4.595, 0.05, z - 0.004), (4.61, 2.15, z + 0.004), BLACK)
        room.ball((4.57, 1.1, z - 0.08), 0.022, BRASS)
    room.box((1.9, 0.02, 1.75), (3.7, 0.42, 2.2), Material((0.34, 0.18, 0.09), pattern=CURTAIN,
             scale=0.5))  # fmt: skip
    plant(room, 0.6, 4.3, 1.5)
    at, to = (
        ((2.98, 1.46, 0.25), (2.56, 0.91, 4.6)) if close else ((3.3, 1.5, 0.12), (2.5, 0.92, 4.6))
    )
    return room, Camera(at, to, 72)


def night(close: bool) -> tuple[Room, Camera]:
    """The garden at night: a string of bulbs, a pool, the house lit from inside."""
    room = Room((0.006, 0.012, 0.035), (0.035, 0.045, 0.085), (0.32, 0.52, 0.79), open_air=True,
                stars=True, exposure=3.2)  # fmt: skip
    room.box((-60, -0.5, -60), (60, 0, 60), LAWN)
    room.box((-4.2, 0, -2), (4.2, 0.05, 12), STONE)
    room.box((-2.6, 0, 2.2), (2.0, 0.07, 7.2), Material((0.02, 0.07, 0.09), pattern=WATER,
             gloss=0.28, rough=0.004))  # fmt: skip
    timber = Material((0.30, 0.16, 0.075), (0.14, 0.07, 0.035), PLANKS, 0.16, 0.03, 0.3)
    render = Material((0.62, 0.58, 0.52))
    for low, high in (((-6, 0, 12), (-4.6, 3, 12.3)), ((4.6, 0, 12), (6, 3, 12.3)),
                      ((-4.6, 2.6, 12), (4.6, 3, 12.3)), ((-0.25, 0, 12), (0.25, 2.6, 12.3)),
                      ((-3.2, 3.25, 12.6), (-2.2, 6, 12.9)), ((0.6, 3.25, 12.6), (4.4, 6, 12.9)),
                      ((-2.2, 3.25, 12.6), (0.6, 3.9, 12.9)),
                      ((-2.2, 5.6, 12.6), (0.6, 6, 12.9))):  # fmt: skip
        room.box(low, high, timber)
    room.box((-6.4, 3, 11.2), (6.4, 3.25, 18), render)
    room.box((-3.6, 6, 12.2), (4.8, 6.25, 18), render)
    room.box((-6, 0, 16), (6, 6, 16.2), PLASTER)
    room.box((-6, 0, 12.3), (-5.8, 3, 16), PLASTER)
    room.box((5.8, 0, 12.3), (6, 3, 16), PLASTER)
    for x in (-2.6, 2.6):
        room.lamp((x, 2.3, 14), 0.2, shone(30))
        for k in range(3):
            room.box(
                (x - 2.3 + 2.3 * k - 0.04, 0, 12.1), (x - 2.3 + 2.3 * k + 0.04, 2.6, 12.2), BLACK
            )
    room.lamp((-0.8, 5.1, 14.3), 0.16, shone(22))
    room.box((1.6, 0, 15.2), (3.8, 0.45, 15.9), Material((0.12, 0.22, 0.25)))
    room.box((-3.6, 0, 15.6), (-1.2, 2.3, 16), Material((0.3, 0.17, 0.08), pattern=BOOKS,
             scale=0.06))  # fmt: skip
    for side in (-1, 1):
        room.post(side * 4.6, 0.4, 0.04, 0, 2.9, BARK)
        for k in range(11):
            along = k / 10
            sag = 4 * along * (1 - along) * 0.75
            room.lamp((side * (4.6 - 0.2 * along), 2.9 + 0.1 * along - sag, 0.4 + 10.8 * along),
                      0.045, shone(26))  # fmt: skip
    table(room, (2.5, 0.05, 4.2), (3.7, 0.78, 6.0), PINE)
    for z in (4.4, 5.3):
        room.box((3.9, 0.45, z), (4.1, 0.5, z + 0.5), PINE)
        room.box((4.05, 0.05, z), (4.1, 0.95, z + 0.5), PINE)
    for x, z in ((2.9, 4.8), (3.1, 5.4)):
        room.post(x, z, 0.05, 0.78, 0.92, shade(2.5))
        room.lamp((x, 0.86, z), 0.03, shone(40))
    for x, z in ((-3.6, 3), (-3.7, 5.4), (-3.6, 7.6), (4.9, 8.2)):
        room.ball((x, 0.45, z), (0.5, 0.5, 0.5), HEDGE)
    room.post(-3.4, 9.4, 0.35, 0.05, 0.4, BLACK)
    for dx, high in ((-0.12, 0.3), (0.04, 0.45), (0.15, 0.28)):
        room.ball((-3.4 + dx, 0.4 + high / 2, 9.4), (0.1, high / 1.5, 0.1),
                  Material((1, 0.5, 0.1), light=(6.0, 1.9, 0.35), ghost=True))  # fmt: skip
    room.lights.append([1.0, -3.4, 0.65, 9.4, 0.2, 0, 0, 0, 0, 0, 14, 5, 1.2])
    tree(room, -8.5, 10, 8, 2.6)
    tree(room, 9.0, 12, 9, 2.8)
    tree(room, -12, 17, 11, 3.4)
    tree(room, 12, 20, 12, 3.4)
    at, to = ((0.1, 1.5, -3.3), (0.0, 1.95, 12)) if close else ((0.1, 1.35, -2.6), (0, 1.8, 12))
    return room, Camera(at, to, 68)
