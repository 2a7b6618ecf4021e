"""What is wrong with a finished clip, seen without any trained model: `inspect`."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from songreel.generation.strip import Strip, strip_of
from songreel.models.clip import ClipRequest, Flaw, Portion
from songreel.models.errors import InvalidInput

# Thresholds. "Built-in" is the range measured on the ten built-in scenes, 4 s each at 640×360 and
# 128 BPM with a full kit; photos are drawn scenery under camera moves at 192×108 and 1280×720.

_BLACK = 0.07
_BLACK_SHARE = 0.98
"""A picture is black if as much of it is darker than that. FFmpeg's blackdetect takes the same
share below 0.10, which is a night already. Built-in: at most 0.64 of a picture below 0.10."""

_DARK_MEAN, _DARK_LIGHTS = 0.08, 0.2
"""Too dark: mean luma below the one while the brightest thousandth is below the other. Night
scenes have dark means with lights in them. Built-in: means from 0.13, and 0.04 in silence, then
with lights of 0.28."""

_DARK_PALETTE = 0.5
"""OKLab lightness of a palette's lightest colour below which darkness is what was asked for."""

_STILL = 4 / 255
"""The most that any part of a picture changes while nothing moves: an encoder's second thoughts,
2/255 measured at crf 23. Built-in: at least 9/255 from frame to frame; the slowest photo in half
a second: 9/255."""

_STILL_SECONDS = 0.5
"""A held picture is seen as a fault from here on. Models that deliver 8 frames a second repeat
each for 0.13 s."""

_MOTION_ASKED = 0.3
_MOVES = 0.025
"""Mean change of luma over a second, over the picture's contrast; below it a viewer sees a
photograph. Built-in: from 0.11. Photos under a held camera that was asked for motion: from 0.033;
a coast that drifts by half a pixel of 192 a second: 0.015."""

_FLICKER_LUMA, _FLICKER_CHROMA = 0.006, 0.005
"""Mean size, over a second, of changes of the whole picture's light or colour that the next frame
takes back. 1 % of contrast is seen at 10 Hz (de Lange 1958). Built-in: 0.004 and 0.002."""

_FLICKER_SHARE = 0.4
"""Share of frames that take back what the one before did. By chance it is 2/3; built-in: 0.42 where
curtains of light flutter, by less than the above."""

_CUT_ALIKE = 0.7
_CUT_CHANGE = 0.06
_CUT_USUAL, _CUT_LARGEST = 3.5, 2.0
"""A cut: the two pictures correlate by less than the first, and so do those a quarter of a second
later; they differ by more than the second (luma and chroma together), by so many times the usual
change around, and the next to largest. Of pictures that all have a sky over land, 9 in 10 pairs
correlate by less; built-in, where a beat changes much of a dark picture: from 0.59, in 5 of 160
clips of odd palettes."""

_BAR = 0.03
_BAR_EDGE = 0.06
"""Share of a side that a bar must have, and by how much the picture behind it is lighter."""


def inspect(
    path: Path, asked: ClipRequest, portion: Portion, *, keys: bool = False
) -> tuple[Flaw, ...]:
    """Find what a viewer would call broken in the part of a clip that a shot shows.

    Measured on 4 s of a busy street at 1280×720, H.264: 0.34 s of CPU for 5.7 Mbit/s at 24 fps,
    nearly all of it decoding; with `keys` 0.05 s on a clip of this machine, which took 3.5 s to
    draw.

    Args:
        path: The clip's file.
        asked: What the shot asks for: its size, and how much should move.
        portion: What the shot shows of the clip, and the clip's own request.
        keys: Look at keyframes only, a twelfth of the work: enough for clips made on this
            machine, which have no flicker and no cuts of their own.

    Returns:
        The flaws, fatal ones first.
    """
    start, end = float(portion.first / portion.rate), float(portion.end)
    try:
        strip = strip_of(path, start, end, keys=keys)
    except InvalidInput as error:
        return (Flaw(text=f"the clip cannot be shown: {error}", fatal=True),)
    flaws = [*_length(strip, portion), *_size(strip, asked, portion.request)]
    dark = _dark(strip, start, asked)
    flaws += dark
    if not any(flaw.fatal for flaw in dark):
        still = _still(strip, start, asked, keys)
        final = portion.request.final
        barred = final is not None and any(cue.effect == "letterbox" for cue in final.worn)
        flaws += [*still, *(() if barred else _bars(strip))]
        if not keys:
            flaws += [] if still else _photograph(strip, asked)
            flaws += [*_flicker(strip), *_cuts(strip, start)]
    return tuple(sorted(flaws, key=lambda flaw: not flaw.fatal))


def _length(strip: Strip, portion: Portion) -> list[Flaw]:
    missing = float(portion.end) - strip.ends
    # The last frame of a clip with a slower rate stands until the film's next one.
    if missing <= 1.01 * max(strip.step, float(1 / portion.rate)):
        return []
    ends, until = f"{strip.ends:.2f} s", f"{float(portion.end):.2f} s"
    text = f"the clip ends after {ends}, the shot shows it until {until}"
    return [Flaw(text=text, fatal=True)]


def _size(strip: Strip, asked: ClipRequest, planned: ClipRequest) -> list[Flaw]:
    found, wanted = f"{strip.width}×{strip.height}", f"{planned.width}×{planned.height}"
    if (strip.width < strip.height) != (asked.width < asked.height) and asked.width != asked.height:
        way = "upright" if strip.width < strip.height else "wide"
        frame = f"{asked.width}×{asked.height}"
        return [Flaw(text=f"the clip is {way} ({found}), the film is {frame}", fatal=False)]
    shape = strip.width / strip.height * planned.height / planned.width
    if max(shape, 1 / shape) > 1.03:
        text = f"the clip has another shape ({found}) than {wanted}, which was asked for"
        return [Flaw(text=text, fatal=False)]
    if strip.width * strip.height < 0.8 * planned.width * planned.height:
        text = f"the clip has {found} pixels, {wanted} were asked for"
        return [Flaw(text=text, fatal=False)]
    return []


def _dark(strip: Strip, start: float, asked: ClipRequest) -> list[Flaw]:
    if max(colour.lightness for colour in asked.palette) < _DARK_PALETTE:
        return []
    luma = strip.pictures[:, 0]
    black = (luma < _BLACK).mean(axis=(1, 2)) >= _BLACK_SHARE
    if black.mean() > 0.5:
        return [Flaw(text="the picture is black", fatal=True)]
    flaws = [
        Flaw(text=f"the picture is black from {a:.2f} to {b:.2f} s", fatal=b - a >= 1.0)
        for a, b in _runs(black, strip, start)
        if b - a >= 0.2
    ]
    mean = float(np.median(luma.mean(axis=(1, 2))))
    lights = float(np.median(np.percentile(luma, 99.9, axis=(1, 2))))
    if mean < _DARK_MEAN and lights < _DARK_LIGHTS and not flaws:
        text = f"the picture is too dark to see much: {100 * mean:.0f} % of full light on average"
        flaws.append(Flaw(text=text, fatal=False))
    return flaws


def _still(strip: Strip, start: float, asked: ClipRequest, keys: bool) -> list[Flaw]:
    """Stretches in which no part of the picture changes."""
    luma = strip.pictures[:, 0]
    if len(luma) < 2:
        return []
    gap = float(np.median(np.diff(strip.times)))
    held = np.zeros(len(luma), dtype=bool)
    first = 0
    for index in range(1, len(luma)):
        # Against the stretch's first picture: many small steps are a movement.
        while float(np.abs(luma[index] - luma[first]).max()) > _STILL:
            first += 1
        lasts = strip.times[index] - strip.times[first] + gap
        if index > first and lasts >= _STILL_SECONDS - 1e-6:
            held[first : index + 1] = True
    runs = _runs(held, strip, start)
    whole = float(strip.times[-1] - strip.times[0])
    stands = sum(b - a for a, b in runs)
    if stands > 0.9 * whole > 0:
        # Where nothing was asked to move a still picture is poor, not broken.
        return [Flaw(text="the picture stands still", fatal=asked.motion >= _MOTION_ASKED)]
    return [
        Flaw(text=f"the picture stands still from {a:.2f} to {b:.2f} s", fatal=stands > 0.5 * whole)
        for a, b in ([] if keys else runs)
    ]


def _photograph(strip: Strip, asked: ClipRequest) -> list[Flaw]:
    """Motion was asked for and next to none is there."""
    luma = strip.pictures[:, 0]
    apart = max(1, round(1.0 / float(np.median(np.diff(strip.times))))) if len(luma) > 1 else 1
    apart = min(apart, len(luma) - 1)
    if asked.motion < _MOTION_ASKED or apart < 1 or strip.times[apart] - strip.times[0] < 0.4:
        return []
    change = np.abs(luma[apart:] - luma[:-apart]).mean(axis=(1, 2))
    seconds = float(strip.times[apart] - strip.times[0])
    contrast = max(float(luma.std()), 0.02)
    if float(np.median(change)) / min(seconds, 1.0) / contrast >= _MOVES:
        return []
    return [Flaw(text="hardly anything moves, though motion was asked for", fatal=False)]


def _flicker(strip: Strip) -> list[Flaw]:
    """The whole picture's light or colour jumps to and fro."""
    whole = strip.pictures.mean(axis=(2, 3))
    steps = np.diff(whole, axis=0)
    if len(steps) < 5:
        return []
    turns = steps[:-1] * steps[1:] < 0
    back = np.where(turns, np.minimum(np.abs(steps[:-1]), np.abs(steps[1:])), 0.0)
    window = min(len(back), max(6, round(1 / strip.step)))
    for channel, least, what in ((0, _FLICKER_LUMA, "light"), (1, _FLICKER_CHROMA, "colour"),
                                 (2, _FLICKER_CHROMA, "colour")):  # fmt: skip
        size = _windows(back[:, channel], window)
        share = _windows((back[:, channel] > 0.5 * least).astype(np.float64), window)
        bad = (size > least) & (share > _FLICKER_SHARE)
        if bad.any():
            at = float(strip.times[int(np.argmax(np.where(bad, size, 0)))] - strip.times[0])
            most = 100 * float(size[bad].max())
            text = f"its {what} flickers, by {most:.1f} % from frame to frame at {at:.1f} s"
            return [Flaw(text=text, fatal=False)]
    return []


def _cuts(strip: Strip, start: float) -> list[Flaw]:
    """Other pictures within the portion."""
    pictures = strip.pictures
    if len(pictures) < 4:
        return []
    change = np.abs(np.diff(pictures, axis=0)).mean(axis=(2, 3)).sum(axis=1)
    alike = _correlation(pictures[:-1], pictures[1:])
    cuts: list[float] = []
    for index in np.flatnonzero((alike < _CUT_ALIKE) & (change > _CUT_CHANGE)):
        first = max(0, int(index) - 6)
        around = np.sort(np.delete(change[first : index + 7], index - first))
        usual = float(np.median(around)) + 1e-3
        # A single false picture makes two such steps; one of them must not hide the other.
        largest = float(around[-2]) + 1e-3
        # A flash or a beat comes back to what was there; a cut does not.
        later = min(int(index) + 6, len(pictures) - 1)
        back = float(_correlation(pictures[index][None], pictures[later][None])[0])
        if back >= _CUT_ALIKE:
            continue
        at = float(strip.times[index + 1]) - start
        apart = not cuts or at - cuts[-1] > 0.2
        if apart and change[index] > max(_CUT_USUAL * usual, _CUT_LARGEST * largest):
            cuts.append(at)
    return [Flaw(text=f"it cuts to another picture at {at:.2f} s", fatal=False) for at in cuts]


def _bars(strip: Strip) -> list[Flaw]:
    """Black bars on two opposite sides, with a straight edge that stays where it is."""
    flaws = []
    for lines, sides in ((strip.rows, "above and below"), (strip.columns, "left and right")):
        mean, highest = lines[:, 0], lines[:, 1]
        dark = np.all((mean < 0.03) & (highest < 0.08), axis=0)  # (length,)
        length = dark.size
        before = int(np.argmin(dark)) if not dark.all() else 0
        after = int(np.argmin(dark[::-1])) if not dark.all() else 0
        thin, thick = min(before, after), max(before, after)
        if thin < _BAR * length or thick - thin > 0.1 * length:
            continue
        # Two lines in, past what the encoder blurs; most of the pictures must show the step.
        steps = [mean[:, before + 2] - mean[:, before - 2],
                 mean[:, length - after - 3] - mean[:, length - after + 1]]  # fmt: skip
        if min(float(np.median(step)) for step in steps) > _BAR_EDGE:
            share = 100 * (before + after) / length
            text = f"black bars {sides} cover {share:.0f} % of the picture"
            flaws.append(Flaw(text=text, fatal=False))
    return flaws


def _runs(where: NDArray[np.bool_], strip: Strip, start: float) -> list[tuple[float, float]]:
    """Stretches of true values in seconds from `start`; the frames' own time included."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], where, [False]]).astype(np.int8)))
    gap = float(np.median(np.diff(strip.times))) if len(strip.times) > 1 else strip.step
    return [
        (float(strip.times[a]) - start, float(strip.times[b - 1]) + gap - start)
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]


def _windows(values: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Means over all stretches of `length` values."""
    return np.convolve(values, np.full(length, 1 / length), mode="valid")


def _correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of pictures, light and colour by themselves: shape (n,); plain pictures count as alike."""
    a = a - a.mean(axis=(2, 3), keepdims=True)
    b = b - b.mean(axis=(2, 3), keepdims=True)
    shared = (a * b).sum(axis=(1, 2, 3)) + np.float32(1e-2)
    each = np.sqrt((a * a).sum(axis=(1, 2, 3)) * (b * b).sum(axis=(1, 2, 3)))
    return np.asarray(shared / (each + np.float32(1e-2)), dtype=np.float32)
