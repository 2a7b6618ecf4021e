"""Cut the fonts that ship with songreel out of Inter: `python -m training.fonts FOLDER`.

FOLDER holds `Inter-SemiBold.otf` and `InterDisplay-Bold.otf` of Debian's package `fonts-inter`
(4.0~beta7+ds-1, in /usr/share/fonts/opentype/inter). The same input gives the same bytes. What is
kept and why is told in `fonts/files/README.md`.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

WHERE = Path(__file__).parent.parent / "fonts" / "files"
NAMES = ("Inter-SemiBold.otf", "InterDisplay-Bold.otf")
RANGES = (
    (0x0020, 0x007E),  # Latin, with what Western and Central European languages need
    (0x00A0, 0x024F),
    (0x02B9, 0x02DD),
    (0x0300, 0x0338),  # marks to combine
    (0x0370, 0x03FF),  # Greek
    (0x0400, 0x052F),  # Cyrillic
    (0x1E00, 0x1EFF),  # Vietnamese among others
    (0x2000, 0x206F),  # punctuation
    (0x20A0, 0x20BF),  # currency
    (0x2116, 0x2116),
    (0x2122, 0x2122),
    (0x2190, 0x2193),
    (0x2212, 0x2212),
)
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "liga", "case"]


def subset(source: Path, target: Path) -> None:
    """Write to `target` what of the font `source` is kept."""
    options = Options()
    options.layout_features = FEATURES
    options.hinting = False
    options.recalc_timestamp = False
    font = TTFont(source, recalcTimestamp=False)
    cut = Subsetter(options)
    cut.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    cut.subset(font)
    font.save(target)


def main() -> None:
    """Subset every font."""
    folder = Path(sys.argv[1])
    for name in NAMES:
        subset(folder / name, WHERE / name)
        print(f"{name}: {(WHERE / name).stat().st_size} bytes")


if __name__ == "__main__":
    main()
