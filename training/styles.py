"""How music of many kinds is drummed: `STYLES`, patterns in steps.

Written for this purpose from what drummers and producers commonly play; a bar is a line, `x` a
stroke, `o` a soft one, `?` a stroke that is played about half of the time. The beat is the pulse
whose second and fourth carry the snare in a song's plain sections.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Style:
    """A kind of music."""

    name: str
    tempo: tuple[float, float]
    """BPM."""
    beats: int
    """A bar."""
    steps: int
    """A beat: 4 for sixteenths, 3 for triplets and compound meters, 2 for eighths."""
    kick: tuple[str, ...]
    snare: tuple[str, ...]
    hat: tuple[str, ...]
    comp: tuple[str, ...] = field(default=())
    """Rhythms of chords or riffs."""
    bass: tuple[str, ...] = field(default=("kick",))
    """Rhythms of the bass, or `kick` for those of the bass drum, `walk` for a note a beat."""
    swing: tuple[float, float] = (0.5, 0.5)
    swung: float = 1.0
    """Beats in a swung unit."""
    lead: str = "guitar"
    """What carries the chords: guitar, synth or piano."""
    heavy: float = 0.0
    """Chance that guitars are distorted."""
    pumped: float = 0.0
    """Chance that the mix ducks under the bass drum."""
    weight: float = 1.0
    halved: float = 0.0
    """Chance of a section with the drums at half speed."""
    doubled: float = 0.0
    """Chance of a section with the drums at double speed: the snare between the beats."""
    blast: float = 0.0
    """Chance of a section of blast beats."""


_E8 = "x.x.x.x.x.x.x.x."
_Q4 = "x...x...x...x..."
_OFF = "..x...x...x...x."
_S16 = "xoxoxoxoxoxoxoxo"
_BACK = ("....x.......x...",)
_CHUG = ("x.xxx.xxx.xxx.xx", "xxxxxxxxxxxxxxxx", "x.x.x.x.x.x.x.x.", "x..x..x.x..x..x.")

STYLES = (
    Style("rock", (85, 176), 4, 4,
          ("x.......x.......", "x.......x.x.....", "x.....x.x.......", "x..x....x.x..?..",
           "x.x.....x.x.....", "x......xx.......", "x.......xx....?."),
          ("....x.......x...", "....x..o.o..x...", "....x.......x..o"),
          (_E8, _E8, _Q4, "x.x.x.x.x.x.x.xx"),
          (_E8, "x...x...x...x...", "x..x..x.x..x..x.", "x.......x.......", "x.x.x.xxx.x.x.x."),
          ("kick", _E8, "x.......x......."), heavy=0.5, weight=2.5, halved=0.2,
          doubled=0.12),
    Style("metal", (90, 210), 4, 4,
          ("xxxxxxxxxxxxxxxx", "x.x.x.x.x.x.x.x.", "xxx.xxx.xxx.xxx.", "x..xx..xx..xx..x",
           "xx..xx..xx..xx..", "x.xxx.xxx.xxx.xx", "x.......x.x....."),
          ("....x.......x...", "....x.......x...", "........x.......", "..x...x...x...x."),
          (_Q4, _E8, "x.......x.......", _Q4), _CHUG, ("kick", *_CHUG), heavy=1.0, weight=2.5,
          halved=0.25, doubled=0.3, blast=0.15),
    Style("thrash", (125, 220), 4, 4,
          ("x...x...x...x...", "x...x...x...x...", "x.x.x...x.x.x...", "x..xx..xx..xx..x"),
          ("..x...x...x...x.",), (_Q4, _E8, _OFF, _Q4), _CHUG, ("kick", _E8), heavy=1.0,
          weight=2.5, halved=0.3, blast=0.2),
    Style("punk", (150, 215), 4, 4,
          ("x.....x.x.......", "x...x.x.x...x.x.", "x..x..x.x..x..x.", "x.......x......."),
          ("....x.......x...",), (_E8, _Q4), (_E8, "x.x.x.x.x.x.x.x."), (_E8, "kick"),
          heavy=0.8, halved=0.15, doubled=0.3),
    Style("slow rock", (56, 92), 4, 4,
          ("x.......x.......", "x.....x.x.x.....", "x......xx......."),
          _BACK, (_E8, _S16, _Q4), ("x.......x.......", "x...x...x...x...", _E8),
          ("kick", "x.......x......."), heavy=0.3, weight=1.5),
    Style("pop", (60, 132), 4, 4,
          ("x.......x.......", "x.....x.x.......", "x..x....x..x....", "x.....x...x....."),
          _BACK, (_E8, _S16, _Q4, ".." + _E8[2:]),
          ("x...x...x...x...", "x..x..x...x..x..", "x.......x.......", _E8),
          ("kick", _E8, "x.....x.x......."), lead="piano", weight=2.5),
    Style("funk", (84, 126), 4, 4,
          ("x.x....x..x..x..", "x..x..x...x.....", "x.....x..xx....."),
          ("....x..o.o..x..o", "....x..o....x.o.", "....x.......x..."),
          (_S16, _E8, "x.xxx.xxx.xxx.xx"),
          ("..x..x....x..x..", "x.xx..x.x.xx..x.", "...x..x....x..x."),
          ("x..x..x.x..x.x..", "kick", "x.xx....x..x..x."), swing=(0.5, 0.56), swung=0.5),
    Style("disco", (108, 132), 4, 4, (_Q4,), _BACK, (_OFF, _S16, "xxxoxxxoxxxoxxxo"),
          ("..x...x...x...x.", "x..x..x.x..x..x."), ("x.xxx.xxx.xxx.xx", "x.x.x.x.x.x.x.x."),
          pumped=0.2),
    Style("house", (116, 132), 4, 4, (_Q4,), ("....x.......x...", "................"),
          (_OFF, _OFF, "..x.x.x...x.x.x.", _S16), ("x..x..x...x..x..", "..x...x...x...x.",
          "x..x....x..x...."), (_OFF, "x..x..x.x..x..x.", ".xxx.xxx.xxx.xxx"), lead="synth",
          pumped=0.6, weight=1.5),
    Style("techno", (122, 150), 4, 4, (_Q4,), ("................", "....x.......x..."),
          (_OFF, "xxxxxxxxxxxxxxxx", "..xx..xx..xx..xx"), ("x..x..x..x..x...",
          "..x..x....x..x..", "xxxxxxxxxxxxxxxx"), (".xxx.xxx.xxx.xxx", _OFF), lead="synth",
          pumped=0.6, weight=1.2),
    Style("drum and bass", (160, 180), 4, 4,
          ("x.........x.....", "x.x.......x.....", "x.....x...x....."),
          ("....x.......x...", "....x..o.o..x...", "....x..x.o..x..o"), (_E8, _S16),
          ("x...............", "x.......x......."), ("x..........x....", "x.....x........."),
          lead="synth"),
    Style("breakbeat", (95, 140), 4, 4,
          ("x.x.......xx....", "x.....x...x.....", "x..x..x...x....."),
          ("....x..o.o..x..o", "....x..x.x..x...", "....x....o..x..."), (_E8, _S16, _OFF),
          ("x.......x.......", "..x...x...x...x."), ("kick", _OFF), lead="synth",
          swing=(0.5, 0.57), swung=0.5),
    Style("hip-hop", (76, 104), 4, 4,
          ("x.....x...x.....", "x..x......x.....", "x......x..x..x..", "x.x.......x....."),
          _BACK, (_E8, _S16, "x.xxx.x.x.xxx.x."), ("x...............", "x.....x...x.....",
          "x...x...x...x..."), ("kick", "x.......x.x....."), swing=(0.5, 0.64), swung=0.5,
          lead="piano", weight=1.5),
    Style("trap", (62, 88), 4, 8,
          ("x.........x...x.........x.......", "x.....x.........x..x............",
           "x...........x.....x............."),
          ("........x...............x.......",),
          ("x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.", "x...x...x.x.xxx.x...x...xxx.x.x.",
           "x.x.x.xxx.x.x.x.x.xxx.x.x.x.xxxx"),
          ("x...............x...............", "x...x...x...x...x...x...x...x..."),
          ("kick",), lead="synth", weight=1.2),
    Style("reggae", (66, 92), 4, 4, ("........x.......", "x.......x.......", _Q4),
          ("........x.......", "............x...", "................"),
          (_E8, _OFF, "x.x.x.x.x.xxx.x."),
          ("..x...x...x...x.", "..xx..xx..xx..xx"), ("x..x..x.x.......", "x.....x.x..x....")),
    Style("ska", (120, 170), 4, 4, ("x.......x.......", _Q4), _BACK, (_OFF, _E8),
          ("..x...x...x...x.",), ("walk", _E8)),
    Style("country", (90, 200), 4, 2, ("x...x...",), ("..x...x.", ".x.x.x.x"),
          ("xxxxxxxx", "x.x.x.x."), ("..x...x.", "x.xxx.xx", ".x.x.x.x"), ("x...x...", "walk")),
    Style("shuffle", (70, 150), 4, 3, ("x.....x.....", "x..x..x..x..", "x....xx....."),
          ("...x.....x..",), ("x.xx.xx.xx.x", "x..x..x..x.."), ("x.xx.xx.xx.x", "x..x..x..x..",
          "..x..x..x..x"), ("walk", "x.xx.xx.xx.x"), heavy=0.3, weight=1.2),
    Style("swing", (100, 220), 4, 3, ("x..o..x..o..", "............", "x..........."),
          ("............", "........o..o", "...x.....x.."), ("x..x.xx..x.x", "x..x..x..x.."),
          ("..x.....x...", "x....x......", "x..x..x..x.."), ("walk",), lead="piano"),
    Style("slow blues", (44, 76), 4, 3, ("x.....x.....", "x....xx....."), ("...x.....x..",),
          ("xxxxxxxxxxxx", "x.xx.xx.xx.x"), ("xxxxxxxxxxxx", "x..x..x..x.."), ("walk", "kick"),
          lead="piano"),
    Style("waltz", (84, 200), 3, 2, ("x.....", "x....x"), ("..x.x.", "....x.", "......", "..o.o."),
          ("x.x.x.", "xxxxxx", "..x.x."), ("..x.x.", "x.x.x.", "x....."), ("x.....", "x...x."),
          lead="piano", weight=2.0),
    Style("slow three", (60, 100), 3, 4, ("x...........", "x.........x."), ("....x...x...",
          "........x..."), ("x.x.x.x.x.x.", "x...x...x..."), ("x...x...x...", "x.x.x.x.x.x."),
          ("kick", "x..........."), lead="piano"),
    Style("six-eight ballad", (42, 76), 2, 3, ("x.....", "x....x", "x..x.x"), ("...x..",),
          ("xxxxxx", "x.xx.x"), ("xxxxxx", "x..x..", "x....."), ("kick", "x.....", "x..x.."),
          lead="piano", weight=1.5),
    Style("jig", (90, 140), 2, 3, ("x.....", "x..x.."), ("...x..", "......"), ("x.xx.x", "xxxxxx"),
          ("x.xx.x", "x..x..", "..x..x"), ("x..x..", "x....."), weight=1.0),
    Style("march", (100, 132), 2, 4, ("x.......", "x...x..."), ("....x...", "x.xxx.xx", "..x.x.xx"),
          ("x.x.x.x.", "........"), ("..x...x.", "x...x..."), ("x...x...",), lead="piano"),
    Style("polka", (96, 136), 2, 2, ("x.x.", "x..."), (".x.x",), ("xxxx", ".x.x"), (".x.x",),
          ("x.x.",), lead="piano"),
    Style("five", (84, 190), 5, 2, ("x.....x...", "x..x..x..."), ("....x...x.", "..x.....x.",
          "......x..."), ("x.x.x.x.x.", "xxxxxxxxxx"), ("x..x..x.x.", "x.....x..."),
          ("kick", "x.....x..."), heavy=0.3, weight=1.5),
    Style("seven", (100, 210), 7, 2, ("x...x...x.....", "x.....x...x...", "x......x......"),
          ("..x...x...x...", "....x.......x.", "........x....."),
          ("x.x.x.x.x.x.x.", "xxxxxxxxxxxxxx"), ("x...x...x.....", "x..x..x.x.x.x."),
          ("kick", "x...x...x....."), heavy=0.4, weight=1.3),
    Style("six", (110, 200), 6, 2, ("x.....x.....", "x.........x."), ("....x.....x.",
          "......x....."), ("x.x.x.x.x.x.", "xxxxxxxxxxxx"), ("x.....x.....", "x.x.x.x.x.x."),
          ("kick",), heavy=0.2, weight=0.8),
    Style("bossa", (110, 160), 4, 4, ("x..xx..xx..xx..x", "x.....x.x.....x."),
          ("x..x..x...x..x..", "x..x...x..x..x.."), (_S16, _E8), ("x..x..x...x..x..",
          "x...x..x..x..x.."), ("x..xx..xx..xx..x", "x.....x.x.....x."), lead="piano"),
    Style("latin", (88, 125), 4, 4, (_Q4, "x..x..x.x..x..x."), ("...x..x....x..x.",
          "...x..x....x..x."), (_S16, _OFF), ("x..x..x...x.x...", "..x...x...x...x."),
          ("x..x..x.x..x..x.", "...x..x....x..x.")),
    Style("solo piano", (52, 130), 4, 2, ("........",), ("........",), ("........",),
          ("xxxxxxxx", "x.x.x.x.", "x.xxx.xx", "x...x..."), ("x.......", "x...x..."),
          lead="piano", weight=1.5),
    Style("solo piano in three", (60, 170), 3, 2, ("......",), ("......",), ("......",),
          ("..x.x.", "xxxxxx", "x....."), ("x.....",), lead="piano", weight=0.8),
    Style("ambient", (60, 120), 4, 2, ("........", "x......."), ("........",), ("........",
          "....x..."), ("xxxxxxxx", "x.......", "x..x..x."), ("x.......",), lead="synth",
          weight=0.6),
)  # fmt: skip
"""All of them."""
