"""Harmony: progressions by mode and feeling, and the chord of any bar of the piece."""

import re
from functools import lru_cache
from typing import NamedTuple

from songreel.generation.sound.band.keys import MAJOR, MINOR, Key

PHRASE = 8
"""Chords of a phrase."""

_PROGRESSIONS: dict[tuple[str, str], tuple[str, ...]] = {
    ("major", "bright"): (
        "I V vi IV I V IV V",
        "I IV vi V I IV ii V",
        "I iii IV V I vi IV V",
        "I V/3 vi IV I/3 IV ii V",
    ),
    ("major", "calm"): (
        "I IVM7 I IVM7 vi7 IV ii7 V",
        "I V/3 vi7 IV I/3 IV ii7 Vs",
        "IM7 vi7 IVM7 I IM7 iii7 IVM7 V",
        "I Is IV I vi V/3 IV Vs",
    ),
    ("major", "tender"): (
        "I iii IV iv I vi ii7 V",
        "I V/3 vi iii IV I/3 iv V",
        "I vi iii IV I/3 ii7 iv V",
    ),
    ("minor", "dark"): (
        "i VI iv V i VI ii0 V",
        "i v VI iv i iv i V",
        "i VII VI V i iv VI V",
        "i iv i VI i iv ii0 V",
    ),
    ("minor", "epic"): (
        "i VI iv V i III VI V",
        "i iv VI V i VI iv V",
        "i VII VI V i iv VI V",
        "i VI III VII i iv V i",
    ),
    ("minor", "longing"): (
        "i VI iv V iv i VI V",
        "i iv7 V i VI iv7 i V",
        "i v/3 VI i iv i/3 ii0 V",
    ),
    ("major", "jazz"): (
        "IM9 vi7 ii9 V9 IM9 vi7 ii9 V9",
        "IM9 iii7 vi7 IVM7 ii9 V9 IM9 V9",
        "IVM9 iii7 ii9 IM9 IVM9 iii7 ii9 V9",
    ),
    ("minor", "jazz"): (
        "i iv9 i V7 VIM7 iv7 i V7",
        "i VIM7 iv7 V7 i iv9 V7 i",
        "i V7 VIM7 iv7 i iv9 ii0 V7",
    ),
    ("minor", "pulse"): ("i i VI VI iv iv i V", "i i i VII VI VI iv V", "i i iv iv VI VI VII V"),
    ("major", "pulse"): ("I I IV IV vi vi IV V", "I I vi vi IV IV ii V", "I I ii ii IV IV I V"),
    ("minor", "still"): ("i i VI VI iv9 iv9 i V", "i9 i9 VIM7 VIM7 i9 i9 iv9 iv9"),
    ("major", "still"): ("IM9 IM9 IVM9 IVM9 vi9 vi9 IVM9 Vs", "Is I IVM9 IVM7 vi9 vi7 IVM9 Vs"),
}
"""Degrees as figured by analysts; capitals are major triads. s: suspended fourth; 0: diminished.

In minor the dominant has its leading note: with III and VII alone one hears the relative major."""

_TOKEN = re.compile(r"(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(M9|M7|9|7|s|0)?(?:/([35]))?")
_DEGREES = {"I": 0, "II": 1, "III": 2, "IV": 3, "V": 4, "VI": 5, "VII": 6}


class Chord(NamedTuple):
    """Semitones over the tonic, 0 to 11."""

    bass: int
    tones: tuple[int, ...]
    """Root, third (or fourth), fifth, and what is added."""
    scale: tuple[int, ...]
    """What a tune may use over it."""

    @property
    def root(self) -> int:
        """The root."""
        return self.tones[0]


@lru_cache(maxsize=512)
def chord(token: str, minor: bool) -> Chord:
    """The chord that `token` stands for."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise ValueError(f"no chord: {token}")
    numeral, kind, over = found.groups()
    scale = list(MINOR if minor else MAJOR)
    root = scale[_DEGREES[numeral.upper()]]
    third = 4 if numeral.isupper() else 3
    fifth = 6 if kind == "0" else 7
    tones = [root, root + (5 if kind == "s" else third), root + fifth]
    if kind in ("M7", "M9"):
        tones.append(root + 11)
    elif kind in ("7", "9"):
        tones.append(root + 10)
    if kind in ("M9", "9"):
        tones.append(root + 14)
    tones = [tone % 12 for tone in tones]
    # Borrowed tones (minor's leading note, major's flat sixth) take their neighbour's place.
    for tone in tones:
        if tone not in scale:
            near = min(scale, key=lambda s: (min((s - tone) % 12, (tone - s) % 12), s))
            scale[scale.index(near)] = tone
    bass = tones[{None: 0, "3": 1, "5": 2}[over]]
    return Chord(bass, tuple(tones), tuple(sorted(scale)))


class Harmony:
    """The chords of a piece, bar by bar; nobody needs to know where a request begins.

    Args:
        key: Of the piece.
        feeling: `bright`, `calm`, `tender`, `dark`, `epic`, `longing`, `jazz`, `pulse`, `still`.
        seed: Which progressions it has.
        stretch: Bars a chord holds.
    """

    def __init__(self, key: Key, feeling: str, seed: int, stretch: int) -> None:
        self.key, self.stretch = key, stretch
        known = _PROGRESSIONS["minor" if key.minor else "major", feeling]
        first = seed % len(known)
        self._lines = tuple(known[(first + i) % len(known)].split() for i in range(2))

    def theme(self, bar: int) -> str:
        """Which of the two themes `bar` belongs to: phrases go A A B A."""
        return "B" if self.place(bar)[0] % 4 == 2 else "A"

    def place(self, bar: int) -> tuple[int, int]:
        """Phrase of `bar`, and its chord there: 0 to 7."""
        return divmod(bar // self.stretch, PHRASE)

    def at(self, bar: int) -> Chord:
        """The chord of `bar`."""
        _, step = self.place(bar)
        return chord(self._lines["AB".index(self.theme(bar))][step], self.key.minor)

    def tonic(self) -> Chord:
        """Where all ends."""
        return chord("i" if self.key.minor else "I", self.key.minor)

    def dominant(self) -> Chord:
        """What comes before the end."""
        return chord("V", self.key.minor)


def feeling(minor: bool, valence: float, arousal: float) -> str:
    """The family of progressions that a mood asks for."""
    if minor:
        if arousal >= 0.25:
            return "epic"
        return "dark" if valence < -0.25 else "longing"
    if valence < -0.1:
        return "tender"
    return "bright" if arousal >= 0 else "calm"


@lru_cache(maxsize=4096)
def voicing(
    tones: tuple[int, ...], tonic: int, centre: int, before: tuple[int, ...]
) -> tuple[int, ...]:
    """Pitches for `tones` near `centre`, moving as little as can be from `before`.

    Args:
        tones: Semitones over the tonic.
        tonic: Pitch class.
        centre: MIDI pitch that the voices lie around.
        before: The voicing before; empty at the start of a phrase.

    Returns:
        As many pitches as tones, rising.
    """
    best: tuple[float, tuple[int, ...]] | None = None
    wanted = [(tone + tonic) % 12 for tone in tones]
    for low in range(centre - 11, centre + 3):
        if low % 12 not in wanted:
            continue
        pitches = sorted(low + (tone - low) % 12 for tone in wanted)
        middle = sum(pitches) / len(pitches)
        cost = 0.35 * abs(middle - centre) ** 1.5
        # A second at the bottom is mud.
        cost += 4.0 * (pitches[1] - pitches[0] < 3)
        if before:
            pairs = zip(pitches, before, strict=False)
            cost += sum(abs(a - b) for a, b in pairs)
            cost += 1.5 * abs(pitches[-1] - before[-1])
        if best is None or cost < best[0]:
            best = cost, tuple(pitches)
    assert best is not None
    return best[1]
