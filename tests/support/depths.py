"""Pictures drawn in code whose depth is known, and pictures that have none."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Near = NDArray[np.float32]
"""Shape (height, width): 0 far to 1 near."""

WIDE, HIGH = 480, 270


def _blank() -> tuple[NDArray[np.float32], Near, NDArray[np.float32], NDArray[np.float32]]:
    y, x = np.mgrid[0:HIGH, 0:WIDE].astype(np.float32)
    return np.zeros((HIGH, WIDE, 3), np.float32), np.zeros((HIGH, WIDE), np.float32), x, y


def _grain(seed: int, sigma: float) -> NDArray[np.float32]:
    raw = np.random.default_rng(seed).standard_normal((HIGH, WIDE)).astype(np.float32)
    soft = np.asarray(cv2.GaussianBlur(raw, (0, 0), sigma), np.float32)
    return soft / soft.std()


def hills(seed: int = 1) -> tuple[Picture, Near]:
    """Ridges in haze under a sky, the nearest darkest."""
    picture, near, x, y = _blank()
    picture[:] = np.stack([150 + 60 * y / HIGH, 185 + 40 * y / HIGH, 235 - 10 * y / HIGH], -1)
    haze = np.array([205, 215, 225], np.float32)
    ridges = ((0.38, 0.15), (0.52, 0.4), (0.68, 0.7), (0.84, 1.0))
    for i, (foot, depth) in enumerate(ridges):
        line = HIGH * (foot + 0.06 * np.sin(x / (90 - 12 * i) + seed + 2 * i))
        inside = y > line
        ground = np.array([58, 84, 44], np.float32) + 22 * _grain(seed * 10 + i, 1.2)[..., None]
        picture[inside] = (haze * (1 - depth) + ground * depth)[inside]
        near[inside] = depth
    return _finished(picture), near


def portrait(seed: int = 1) -> tuple[Picture, Near]:
    """Somebody sharp before a blurred wood."""
    picture, near, x, y = _blank()
    wood = np.array([70, 110, 75], np.float32) + 45 * _grain(seed, 9.0)[..., None]
    picture[:] = wood
    head = np.hypot((x - WIDE * 0.5) / 48, (y - HIGH * 0.42) / 62) < 1
    body = np.hypot((x - WIDE * 0.5) / 130, (y - HIGH * 1.08) / 120) < 1
    pattern = 28 * np.sign(np.sin(x / 2.6) * np.sin(y / 3.1))
    for inside, colour in ((body, (150, 38, 48)), (head, (214, 158, 128))):
        drawn = np.array(colour, np.float32) + (pattern + 8 * _grain(seed + 1, 0.8))[..., None]
        picture[inside] = drawn[inside]
        near[inside] = 1
    return _finished(picture), near


def blossom(seed: int = 1) -> tuple[Picture, Near]:
    """A flower close by, everything else out of focus."""
    picture, near, x, y = _blank()
    picture[:] = np.array([28, 62, 50], np.float32) + 22 * _grain(seed, 14.0)[..., None]
    away, turn = (
        np.hypot(x - WIDE * 0.46, y - HIGH * 0.5),
        np.arctan2(y - HIGH * 0.5, x - WIDE * 0.46),
    )
    inside = away < 84 + 10 * np.cos(9 * turn)
    leaves = 40 * np.cos(18 * turn + away / 7) + 20 * _grain(seed + 1, 0.7)
    picture[inside] = (np.array([226, 132, 60], np.float32) + leaves[..., None])[inside]
    near[inside] = 1
    return _finished(picture), near


def street(seed: int = 1) -> tuple[Picture, Near]:
    """Two rows of houses running to a point, a road between them."""
    picture, near, x, y = _blank()
    at = (WIDE * 0.5, HIGH * 0.46)
    across, down = np.abs(x - at[0]) / (WIDE / 2), (y - at[1]) / (HIGH * 0.54)
    picture[:] = np.stack([180 - 30 * down, 200 - 20 * down, 226 + 0 * down], -1)
    near[:] = 0
    houses = np.abs(y - at[1]) < across * HIGH * 0.5
    road = (down > 0) & ~houses
    along = 1 / np.maximum(across, 0.02)
    rows = (y - at[1]) / np.maximum(across, 0.02)
    stones = 26 * np.sign(np.sin(along * 3.0)) * np.sign(np.sin(rows / 26))
    wall = np.array([150, 112, 92], np.float32) + (stones + 6 * _grain(seed, 0.8))[..., None]
    picture[houses] = wall[houses]
    near[houses] = across[houses]
    lanes = 30 * (np.abs(((x - at[0]) / np.maximum(down, 0.02) / 90) % 1 - 0.5) < 0.06)
    asphalt = np.array([84, 84, 88], np.float32) + (lanes + 6 * _grain(seed + 1, 0.8))[..., None]
    picture[road] = asphalt[road]
    near[road] = down[road]
    return _finished(picture), near


def page(dark: bool = False) -> Picture:
    """Lines of text, dark on light or the other way."""
    picture = np.full((HIGH, WIDE, 3), 246, np.uint8)
    for i in range(11):
        text = "the quick brown fox jumps over the lazy dog "[i:] + "and rests"
        cv2.putText(
            picture, text, (26, 30 + 21 * i), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (30, 30, 34), 1,
            cv2.LINE_AA,
        )  # fmt: skip
    return 255 - picture if dark else picture


def drawing() -> Picture:
    """Outlines of a room on paper."""
    picture = np.full((HIGH, WIDE, 3), (250, 243, 230), np.uint8)
    for corner, end in (((60, 90), (190, 220)), ((240, 60), (420, 210)), ((270, 90), (330, 150))):
        cv2.rectangle(picture, corner, end, (24, 22, 20), 2, cv2.LINE_AA)
    cv2.circle(picture, (125, 60), 22, (24, 22, 20), 2, cv2.LINE_AA)
    return picture


def facade() -> Picture:
    """A house front seen askew, all straight lines, before a sky."""
    flat = np.full((HIGH, WIDE, 3), (168, 126, 98), np.uint8)
    for i in range(6):
        for k in range(4):
            left, top = 24 + 76 * i, 20 + 64 * k
            cv2.rectangle(flat, (left, top), (left + 44, top + 42), (52, 62, 78), -1)
            cv2.rectangle(flat, (left, top), (left + 44, top + 42), (224, 214, 196), 2)
    corners = np.array([[0, 0], [WIDE, 0], [WIDE, HIGH], [0, HIGH]], np.float32)
    askew = np.array(
        [[30, 70], [WIDE - 20, 18], [WIDE - 20, HIGH - 8], [30, HIGH - 40]], np.float32
    )
    seen = cv2.getPerspectiveTransform(corners, askew)
    return np.asarray(
        cv2.warpPerspective(flat, seen, (WIDE, HIGH), flags=cv2.INTER_AREA,
                            borderMode=cv2.BORDER_CONSTANT, borderValue=(176, 200, 228)),
        np.uint8,
    )  # fmt: skip


def _finished(picture: NDArray[np.float32]) -> Picture:
    soft = cv2.GaussianBlur(picture, (0, 0), 0.6)
    return np.clip(np.rint(soft), 0, 255).astype(np.uint8)


SCENES = {"hills": hills, "portrait": portrait, "blossom": blossom, "street": street}
FLAT = {"page": page, "dark page": lambda: page(dark=True), "drawing": drawing}
