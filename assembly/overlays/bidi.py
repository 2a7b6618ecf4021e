"""The order in which characters of both directions stand: Unicode's algorithm without isolates.

Unicode Standard Annex 9, rules P2–P3, W1–W7, N0–N2, I1–I2 and L2; explicit embeddings and isolates,
which songs do not have, count as neutral.
"""

import unicodedata
from collections.abc import Sequence


def is_rtl(text: str) -> bool:
    """Whether a paragraph runs from right to left: its first letter says so (P2, P3)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("L", "R", "AL"):
            return kind != "L"
    return False


def levels(text: str, rtl: bool) -> list[int]:
    """The embedding level of each character of one row: odd ones run from right to left."""
    base = int(rtl)
    edge = "R" if rtl else "L"
    kinds = _resolved([unicodedata.bidirectional(c) for c in text], edge)
    _bracketed(text, kinds, edge)
    found: list[int] = []
    for i, kind in enumerate(kinds):
        if kind in ("L", "R", "EN", "AN"):
            strong = kind
        else:
            before = next((k for k in reversed(kinds[:i]) if k in _STRONG), edge)
            after = next((k for k in kinds[i + 1 :] if k in _STRONG), edge)
            sides = {"R" if side in ("EN", "AN") else side for side in (before, after)}
            strong = sides.pop() if len(sides) == 1 else edge
        if strong == "L":
            found.append(base + base % 2)
        elif strong == "R":
            found.append(1)
        else:
            found.append(2)
    return found


def visual(level: Sequence[int]) -> list[int]:
    """Indices in the order they stand from left to right (L2)."""
    order = list(range(len(level)))
    for least in range(max(level, default=0), 0, -1):
        i = 0
        while i < len(order):
            j = i
            while j < len(order) and level[order[j]] >= least:
                j += 1
            if j > i:
                order[i:j] = reversed(order[i:j])
            i = max(j, i + 1)
    return order


_STRONG = ("L", "R", "EN", "AN")


def _bracketed(text: str, kinds: list[str], edge: str) -> None:
    """Rule N0: both brackets of a pair take one direction."""
    waiting: list[int] = []
    pairs: list[tuple[int, int]] = []
    for i, character in enumerate(text):
        if character in BRACKETS:
            waiting.append(i)
        elif character in BRACKETS.values():
            same = [j for j in waiting if BRACKETS[text[j]] == character]
            if same:
                pairs.append((same[-1], i))
                del waiting[waiting.index(same[-1]) :]
    for first, last in sorted(pairs):
        inside = {_side(kind) for kind in kinds[first + 1 : last]} - {""}
        if not inside:
            continue
        before = next((side for kind in kinds[first - 1 :: -1] if (side := _side(kind))), edge)
        whole = edge if edge in inside or first == 0 else before
        kinds[first] = kinds[last] = whole


def _side(kind: str) -> str:
    return "R" if kind in ("R", "EN", "AN") else "L" if kind == "L" else ""


BRACKETS = {"(": ")", "[": "]", "{": "}"}


def _resolved(kinds: list[str], edge: str) -> list[str]:
    """Rules W1 to W7: what is not L, R, EN or AN afterwards is neutral."""
    for i, kind in enumerate(kinds):
        if kind == "NSM":
            kinds[i] = kinds[i - 1] if i else edge
    strong = edge
    for i, kind in enumerate(kinds):
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[i] = "AN"
    kinds = ["R" if kind == "AL" else kind for kind in kinds]
    for i in range(1, len(kinds) - 1):
        between = kinds[i - 1] if kinds[i - 1] == kinds[i + 1] else ""
        if (kinds[i] == "ES" and between == "EN") or (kinds[i] == "CS" and between in ("EN", "AN")):
            kinds[i] = between
    for order in (range(len(kinds)), range(len(kinds) - 1, -1, -1)):
        before = ""
        for i in order:
            if kinds[i] == "ET" and before == "EN":
                kinds[i] = "EN"
            before = kinds[i]
    strong = edge
    for i, kind in enumerate(kinds):
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[i] = "L"
    return kinds
