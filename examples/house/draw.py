"""Draw the photos of the house: `python examples/house/draw.py`, a minute each on one core.

Seven places, each from two positions of the camera: what its scene begins and ends with.
"""

import argparse
from pathlib import Path

import cv2
import rooms
from tracer import photograph

PLACES = {
    "outside": rooms.outside,
    "hall": rooms.hall,
    "kitchen": rooms.kitchen,
    "living": rooms.living,
    "stairs": rooms.stairs,
    "bedroom": rooms.bedroom,
    "garden": rooms.night,
}
QUALITY = 84


def main() -> None:
    """Draw those that are asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("places", nargs="*", default=[], metavar="PLACE", help=", ".join(PLACES))
    asked.add_argument("--to", type=Path, default=Path(__file__).parent / "photos")
    asked.add_argument("--width", type=int, default=1024)
    asked.add_argument("--samples", type=int, default=12, help="Ways of light for each pixel.")
    wanted = asked.parse_args()
    if unknown := [name for name in wanted.places if name not in PLACES]:
        asked.error(f"no place is called {unknown[0]}; there are {', '.join(PLACES)}")
    wanted.to.mkdir(parents=True, exist_ok=True)
    for name in wanted.places or PLACES:
        for close, end in ((False, "start"), (True, "end")):
            room, camera = PLACES[name](close)
            height = round(wanted.width * 9 / 16)
            picture = photograph(room, camera, wanted.width, height, wanted.samples)
            path = wanted.to / f"{name}-{end}.jpg"
            bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
            cv2.imwrite(str(path), bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            print(path)


if __name__ == "__main__":
    main()
