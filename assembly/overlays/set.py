"""The plan's words on the frames of the film: `overlays`."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from songreel.assembly.overlays.captions import Caption, captions
from songreel.assembly.overlays.colours import word_colours
from songreel.assembly.overlays.compose import face_order
from songreel.assembly.overlays.layout import missing
from songreel.fonts.faces import own, shapes
from songreel.fonts.found import face_for, is_emoji, script_of, tongue_of
from songreel.models.overlay import CaptionStyle, FontFile, Overlay, TimedWord
from songreel.models.render import RenderSpec
from songreel.models.storyboard import Storyboard
from songreel.models.timebase import frame_at, frames_for

COMPLEX = ("Arabic", "Hebrew", "Devanagari", "Bengali", "Tamil", "Telugu", "Thai", "Khmer", "Lao",
           "Myanmar", "Sinhala", "Gurmukhi", "Gujarati", "Kannada", "Malayalam")  # fmt: skip
"""Scripts whose letters join, stack or run from right to left."""


class Placed(NamedTuple):
    """Words on the film, in order of their start, and what is to be told about them."""

    overlays: tuple[Overlay, ...]
    notices: tuple[str, ...]


def overlays(storyboard: Storyboard, spec: RenderSpec) -> Placed:
    """The captions and cards that `storyboard` calls for, in pictures of `spec`.

    Raises:
        InvalidInput: The user's own font cannot be used.
    """
    style = storyboard.captions or CaptionStyle()
    shown: list[Caption] = []
    notices: list[str] = []
    if storyboard.captions is not None and storyboard.lyrics is not None:
        if storyboard.lyrics.timed:
            shown, notices = captions(storyboard.lyrics, style, spec, storyboard.track.duration)
        else:
            notices.append(
                f"no captions: {storyboard.lyrics.source} has no times; an LRC or SRT file has, or "
                "rows such as '1:23 words'"
            )
    cards = [title.text + title.detail for title in storyboard.titles]
    if not shown and not cards:
        return Placed((), tuple(notices))
    fonts, told = _fonts([*(one.text for one in shown), *cards], style)
    notices.extend(told)
    colours = word_colours(storyboard.look.palette)
    track = storyboard.track
    total = frames_for(track.samples, track.sample_rate, spec.rate)
    made = [
        Overlay(
            kind="caption",
            start=one.start,
            end=min(one.end, total),
            text=one.text,
            words=tuple(TimedWord(start=at, text=text) for at, text in one.words),
            sung=one.sung if one.words else None,
            swept=one.swept,
            style=style,
            colours=colours,
            fonts=_used(one.text, style, fonts),
        )
        for one in shown
        if one.start < total
    ]
    for title in storyboard.titles:
        start = frame_at(title.start, spec.rate)
        end = min(frame_at(title.start + title.seconds, spec.rate), total)
        if end <= start:
            notices.append(f'the card "{title.text}" begins after the song\'s end: left out')
            continue
        card = CaptionStyle(font=style.font)
        text = title.text + title.detail
        made.append(
            Overlay(
                kind=title.kind, start=start, end=end, text=title.text, detail=title.detail,
                style=card, colours=colours, fonts=_used(text, card, fonts),
            )
        )  # fmt: skip
    made.sort(key=lambda one: (one.start, one.end, one.kind))
    return Placed(tuple(made), tuple(notices))


def _fonts(
    texts: Sequence[str], style: CaptionStyle
) -> tuple[tuple[FontFile, ...], tuple[str, ...]]:
    """The user's font, and those of the system for what it and ours lack; and what none has."""
    mine = (own(Path(style.font)),) if style.font else ()
    text = "\n".join(texts)
    lacking = missing(text, face_order(style, mine))
    if not lacking:
        return mine, _unshaped(text)
    tongue = tongue_of(text)
    groups: dict[str, list[str]] = {}
    for cluster in lacking:
        kind = "Han" if tongue and _is_eastern(cluster) else script_of(cluster[0])
        groups.setdefault(kind, []).append(cluster)
    found: list[FontFile] = []
    unknown: list[str] = []
    for group in groups.values():
        font = face_for(group, tongue)
        several = [font] if font else [face_for([cluster], tongue) for cluster in group]
        found.extend(one for one in several if one is not None and one not in found)
        unknown.extend(c for c, one in zip(group, several, strict=False) if one is None)
    told: list[str] = []
    if unknown:
        scripts = ", ".join(dict.fromkeys(script_of(cluster[0]) for cluster in unknown))
        signs = " ".join(unknown[:12]) + (" …" if len(unknown) > 12 else "")
        told.append(
            f"no font here has {len(unknown)} of the signs to be shown ({scripts}: {signs}); they "
            "are left out: install one that has them, such as Noto Sans, or give one with "
            "--caption-font"
        )
    return (*mine, *found), (*told, *_unshaped(text))


def _is_eastern(cluster: str) -> bool:
    """Whether it stands in one font with Han characters: kana, their punctuation, Hangul."""
    code = ord(cluster[0])
    wide = 0x3000 <= code <= 0x9FFF or 0xAC00 <= code <= 0xD7A3 or 0xF900 <= code <= 0xFFEF
    return wide and not is_emoji(cluster)


def _unshaped(text: str) -> tuple[str, ...]:
    if shapes():
        return ()
    scripts = {script_of(c) for c in text if c.isalpha() and ord(c) > 0x0590}
    if joined := sorted(scripts & set(COMPLEX)):
        return (
            f"words in {', '.join(joined)} are drawn letter by letter: this Pillow has no Raqm, "
            "which joins and orders them",
        )
    return ()


def _used(text: str, style: CaptionStyle, fonts: Sequence[FontFile]) -> tuple[FontFile, ...]:
    """Those of `fonts` that `text` needs: a font for one line says nothing of the others."""
    kept = [font for font in fonts if font.file == style.font]
    rest = [font for font in fonts if font.file != style.font]
    while rest and (lacking := missing(text, face_order(style, kept))):
        font = rest.pop(0)
        if len(missing(text, face_order(style, [*kept, font]))) < len(lacking):
            kept.append(font)
    return tuple(kept)
