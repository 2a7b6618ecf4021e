"""Tempi that change: steps, slides, rubato."""

from corpus.groove import Groove
from corpus.pieces import Piece, piece
from corpus.slow import HELD
from corpus.timeline import sliding, stepping, swaying

DRUMS = {"kick": "x.......x.x.....", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.x."}
BAND = Groove("band", 100, DRUMS, "C Am F G", "x...x...x...x...", (("piano", "x...o...x...o..."),),
              tune="lead")  # fmt: skip
ALONE = Groove("drums alone", 100, DRUMS)
CLICKS = Groove("clicks", 100, {"click": "xooo"}, steps=1, loose=0.0, fills=False)
PIANO = Groove("piano", 80, {}, "C Am F G", "x-------f-------", (("piano", "0.1.2.3.2.1.2.1."),),
               low="piano", tune="piano", loose=0.006)  # fmt: skip
STRINGS = Groove("strings", 80, {}, "Dm Bb Gm A", "x---f---x---f---",
                 (("strings", "x---x---x---x---"), ("pad", HELD)), tune="flute",
                 loose=0.01)  # fmt: skip

STEPS = {
    "90 to 120": ((90, 32), (120, 32)),
    "130 to 100": ((130, 40), (100, 28)),
    "100, 112, 125": ((100, 24), (112, 24), (125, 24)),
    "84 to 92": ((84, 24), (92, 28)),
    "120, 80, 120": ((120, 24), (80, 16), (120, 24)),
}
SLIDES = {
    "80 to 120": (80, 120, 60),
    "140 to 110": (140, 110, 72),
    "96 to 104": (96, 104, 60),
    "120 to 72": (120, 72, 56),
}


def steps_and_slides() -> list[Piece]:
    """Each change with a band; half of them with drums alone and with clicks too."""
    timelines = {f"step {name}": stepping(*parts) for name, parts in STEPS.items()}
    timelines |= {f"slide {name}": sliding(*parts) for name, parts in SLIDES.items()}
    return [
        piece(groove, timeline, name=f"{groove.name}, {name}")
        for i, (name, timeline) in enumerate(timelines.items())
        for groove in ((BAND, ALONE, CLICKS) if i % 2 == 0 else (BAND,))
    ]


def rubato() -> list[Piece]:
    """Playing ever freer."""
    return [
        piece(
            groove,
            swaying(groove.bpm, depth, 16, 48, seed=7),
            name=f"{groove.name}, depth {depth:.2f}",
        )
        for groove in (PIANO, STRINGS, BAND)
        for depth in (0.06, 0.12, 0.2, 0.3)
    ]
