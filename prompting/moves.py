"""Camera moves and shot sizes recognised in a prompt, in whatever dialect it is worded."""

import re

from songreel.models.storyboard import CameraMove, ShotSize

M, S = CameraMove, ShotSize

_SIDE = r"(?:s|ing|ning)?(?: move| shot)?(?: to the)? "
_BY_CAMERA = r"\bcamera\b[^.;\[\]]{0,40}\b"
_MOVES = {
    M.STATIC: r"\block(?:ed)?[- ](?:off|down)\b|\bstatic (?:camera|shot)|\bfixed camera"
    rf"|{_BY_CAMERA}(?:stays? (?:fixed|still)|static)|\bon a tripod\b|\bstatic shot\b",
    M.PUSH_IN: r"\bpush(?:es|ing)?[- ]in\b|\bdoll(?:y|ies|ying)[- ]in\b|\bzoom(?:s|ing)?[- ]in\b",
    M.PULL_OUT: r"\bpull(?:s|ing)?[- ](?:back|out)\b|\bdoll(?:y|ies|ying)[- ](?:out|back)\b"
    r"|\bzoom(?:s|ing)?[- ]out\b",
    M.PAN_LEFT: rf"\bpan{_SIDE}left\b",
    M.PAN_RIGHT: rf"\bpan{_SIDE}right\b",
    M.TILT_UP: r"\btilt(?:s|ing)? up(?:wards)?\b",
    M.TILT_DOWN: r"\btilt(?:s|ing)? down(?:wards)?\b",
    M.TRACK_LEFT: rf"\b(?:track|truck){_SIDE}left\b",
    M.TRACK_RIGHT: rf"\b(?:track|truck){_SIDE}right\b",
    M.CRANE_UP: r"\bcrane(?: move| shot)? up(?:wards)?\b|\bpedestal up\b"
    rf"|{_BY_CAMERA}(?:rises|cranes up)\b",
    M.CRANE_DOWN: r"\bcrane(?: move| shot)? down(?:wards)?\b|\bpedestal down\b"
    rf"|{_BY_CAMERA}(?:sinks|cranes down)\b",
    M.ORBIT: rf"\borbit (?:round|around)\b|\barc shot\b|\borbit(?:ing)? shot\b"
    rf"|{_BY_CAMERA}(?:orbits|circles)\b",
    M.ROLL: rf"\broll about the lens\b|\bcamera roll\b|{_BY_CAMERA}rolls\b",
    M.HANDHELD: r"\bhand-?held\b|\[[^\]]*\bshake\b[^\]]*\]|\bshaky camera\b",
}
_COMPILED = {move: re.compile(pattern, re.I) for move, pattern in _MOVES.items()}
_ARC = re.compile(r"\[truck (left|right), ?pan (?!\1)(left|right)\]", re.I)
"""A truck one way and a pan the other, in one command: an arc round the subject."""
_SIZES = {
    S.EXTREME_WIDE: re.compile(r"\bextreme(?:ly)? (?:wide|long)[- ]shot\b", re.I),
    S.WIDE: re.compile(r"(?<!extreme )(?<!extremely )\b(?:wide|long)[- ]shot\b", re.I),
    S.MEDIUM: re.compile(r"\bmedium[- ]shot\b", re.I),
    S.CLOSE: re.compile(r"(?<!extreme )\bclose(?:-?up|[- ]shot)\b", re.I),
    S.EXTREME_CLOSE: re.compile(r"\bextreme close[- ]?up\b", re.I),
}


def moves_in(prompt: str) -> set[CameraMove]:
    """Camera moves that `prompt` asks for."""
    found: set[CameraMove] = set()
    if _ARC.search(prompt):
        found.add(M.ORBIT)
        prompt = _ARC.sub(" ", prompt)
    return found | {move for move, pattern in _COMPILED.items() if pattern.search(prompt)}


def sizes_in(prompt: str) -> set[ShotSize]:
    """Shot sizes that `prompt` names."""
    return {size for size, pattern in _SIZES.items() if pattern.search(prompt)}


def commands_in(prompt: str) -> list[str]:
    """What stands in square brackets, one entry a command."""
    inside = re.findall(r"\[([^\[\]]*)\]", prompt)
    return [command.strip() for text in inside for command in text.split(",")]
