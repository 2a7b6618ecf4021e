"""What people write for a length, a tempo, a key, a meter and a camera move, in usual spellings."""

import re
from difflib import get_close_matches
from math import isfinite

from songreel.models.storyboard import CameraMove

M = CameraMove

_NUMBER = r"(?P<n>\d+(?:[.,]\d+)?|[.,]\d+)"
_LENGTH = re.compile(
    rf"{_NUMBER}\s*(?P<unit>s|secs?|seconds?|ms|milliseconds?|min|mins|minutes?|m|bars?|measures?"
    r"|beats?)?",
    re.I,
)
_CLOCK = re.compile(r"(?P<m>\d{1,3}):(?P<s>[0-5]?\d(?:\.\d+)?)")
_BPM = re.compile(rf"{_NUMBER}\s*(?:bpm|beats (?:per|a) minute)?", re.I)
_KEY = re.compile(
    r"(?P<tonic>[A-G])\s*(?P<accidental>#|♯|(?-i:b)(?![a-z])|♭|[- ]?sharp|[- ]?flat)?\s*"
    r"(?P<mode>major|maj|minor|min|dur|moll|m)?",
    re.I,
)
TONICS = {
    "C": 0, "C#": 1, "Db": 1, "D": 2, "D#": 3, "Eb": 3, "E": 4, "Fb": 4, "E#": 5, "F": 5, "F#": 6,
    "Gb": 6, "G": 7, "G#": 8, "Ab": 8, "A": 9, "A#": 10, "Bb": 10, "B": 11, "Cb": 11, "B#": 0,
}  # fmt: skip
"""Pitch class by name, C = 0."""

_CAMERA = {
    M.STATIC: ("static", "still", "locked", "locked off", "lock off", "locked down", "fixed",
               "none", "no movement", "tripod", "on a tripod", "on tripod"),
    M.PUSH_IN: ("push in", "push", "dolly in", "dolly forward", "zoom in", "move in",
                "move forward", "forward", "truck in", "track in", "creep in", "fly in", "in"),
    M.PULL_OUT: ("pull out", "pull back", "pull", "dolly out", "dolly back", "dolly backward",
                 "zoom out", "move out", "move back", "move backward", "backward", "track out",
                 "truck out", "back", "out", "fly out"),
    M.PAN_LEFT: ("pan left", "pan to left"), M.PAN_RIGHT: ("pan right", "pan to right"),
    M.TILT_UP: ("tilt up", "look up"), M.TILT_DOWN: ("tilt down", "look down"),
    M.TRACK_LEFT: ("track left", "truck left", "dolly left", "slide left", "slider left",
                   "move left", "left"),
    M.TRACK_RIGHT: ("track right", "truck right", "dolly right", "slide right", "slider right",
                    "move right", "right"),
    M.CRANE_UP: ("crane up", "crane", "pedestal up", "boom up", "jib up", "rise", "lift", "up",
                 "move up", "ascend"),
    M.CRANE_DOWN: ("crane down", "pedestal down", "boom down", "jib down", "sink", "lower",
                   "down", "move down", "descend"),
    M.ORBIT: ("orbit", "arc", "circle", "orbit left", "orbit right", "arc left", "arc right",
              "orbit around", "circle around", "revolve", "360"),
    M.ROLL: ("roll", "roll left", "roll right", "barrel roll", "dutch roll"),
    M.HANDHELD: ("handheld", "hand held", "shaky", "shake", "steadicam", "follow"),
}  # fmt: skip
_MOVES = {spelling: move for move, spellings in _CAMERA.items() for spelling in spellings}
_FILLERS = re.compile(
    r"\b(?:camera|shot|move|movement|the|a|an|very|slow|slowly|gentle|gently|fast|quick|quickly"
    r"|smooth|smoothly|subtle|steady|to)\b"
)
_STEMS = (
    (re.compile(r"\b(push|pull|zoom|track|truck|tilt|crane|orbit|roll|circl|pann?)(?:ing|es|s)\b"),
     {"circl": "circle", "pann": "pan"}),
    (re.compile(r"\b(dolly|mov|ris|slid)(?:ing|es|s)\b"),
     {"mov": "move", "ris": "rise", "slid": "slide"}),
)  # fmt: skip


def seconds_of(value: object, bpm: float | None, meter: int) -> float:
    """Seconds of a length: `4`, `4 s`, `1:30`, `500 ms`, `2 bars`, `8 beats`.

    Raises:
        ValueError: It is no length, or bars are counted without a tempo.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return float(value)
    text = value.strip() if isinstance(value, str) else ""
    if clock := _CLOCK.fullmatch(text):
        return int(clock["m"]) * 60 + float(clock["s"])
    found = _LENGTH.fullmatch(text)
    if not found:
        raise ValueError("is no length; write seconds (4, 4.5 s, 1:30) or bars (2 bars)")
    number, unit = float(found["n"].replace(",", ".")), (found["unit"] or "s").lower()
    if unit.startswith(("bar", "meas", "beat")):
        if bpm is None:
            raise ValueError("counts bars without a tempo; give the scene or the list a bpm")
        return number * (1 if unit.startswith("beat") else meter) * 60 / bpm
    if unit in ("ms", "millisecond", "milliseconds"):
        return number / 1000
    return number * (60 if unit.startswith("m") else 1)


def bpm_of(value: object) -> float:
    """Beats a minute: `110`, `"110 BPM"`.

    Raises:
        ValueError: It is no tempo.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return float(value)
    found = _BPM.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError("is no tempo; write beats a minute, such as 110")
    return float(found["n"].replace(",", "."))


def key_of(value: object) -> str:
    """A key by its full name: `F# minor` for `F# minor`, `f sharp min`, `F#m`; `C major` for `C`.

    Raises:
        ValueError: It is no key.
    """
    text = " ".join(value.split()) if isinstance(value, str) else ""
    found = _KEY.fullmatch(text)
    if not found:
        raise ValueError("is no key; write it as A minor, Gm, F# minor or Bb")
    sign = (found["accidental"] or "").strip(" -").lower()
    accidental = {"": "", "#": "#", "♯": "#", "sharp": "#"}.get(sign, "b")
    mode = found["mode"] or ""
    minor = mode == "m" or mode.lower() in ("minor", "min", "moll")
    return f"{found['tonic'].upper()}{accidental} {'minor' if minor else 'major'}"


def meter_of(value: object) -> int:
    """Beats a bar: `4`, `"3/4"`, `"6/8"`.

    Raises:
        ValueError: It is no meter.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = re.fullmatch(
        r"(\d{1,2})(?:/(?:2|4|8|16))?", value.strip() if isinstance(value, str) else ""
    )
    if not found:
        raise ValueError("is no meter; write beats a bar, such as 4 or 3/4")
    return int(found[1])


def camera_of(value: object) -> CameraMove:
    """A camera move in any usual spelling: `push-in`, `slow dolly in`, `Zoom in`.

    Raises:
        ValueError: It is none; the text names the nearest.
    """
    if value is False:  # YAML reads `camera: no` so.
        return M.STATIC
    text = value if isinstance(value, str) else ""
    plain = " ".join(re.sub(r"[-_,.]+", " ", text.lower()).split())
    for pattern, whole in _STEMS:
        plain = pattern.sub(lambda m, w=whole: w.get(m[1], m[1]), plain)  # type: ignore[misc]
    bare = " ".join(_FILLERS.sub(" ", plain).split())
    for spelling in (plain, bare):
        if spelling in _MOVES:
            return _MOVES[spelling]
    near = get_close_matches(bare, _MOVES, 1, 0.7)
    hint = f"did you mean {near[0]}?" if near else "choose one of " + ", ".join(CameraMove)
    raise ValueError(f"is no camera move; {hint}")
