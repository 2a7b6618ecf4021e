"""Barcode clips as a film shows them: coded as it is, with keyframes where it may copy from."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from songreel.generation.encode import final_options, write_clip
from songreel.generation.final import finals, keyframes
from songreel.generation.planes import Planes
from songreel.models.clip import Clip, Final
from songreel.models.effect import EffectCue
from songreel.models.files import sha256_of
from support.barcodes import Luma, picture
from support.films import Film


def finalised(
    made: Film, *, crf: int = 22, worn: tuple[EffectCue, ...] = (), shots: tuple[str, ...] = ()
) -> Film:
    """`made` with final clips in the place of its own, of all shots or of those given."""
    clips, asked = dict(made.clips), finals(made.storyboard, made.spec)
    for shot in shots or tuple(clips):
        number = made.numbers[shot]
        final = Final(crf=crf, worn=worn, alone=asked[shot].alone)
        clips[shot] = final_clip(
            made.project / "clips", clips[shot], lambda i, n=number: picture(n, i), final
        )
    return replace(made, clips=clips)


def final_clip(folder: Path, clip: Clip, paint: Callable[[int], Luma], final: Final) -> Clip:
    """The clip of a maker whose clips go into the film as they are."""
    request = clip.request.model_copy(update={"final": final})
    path = folder / f"final-{clip.file}"
    width, height, rate = request.width, request.height, request.rate
    write_clip(
        _planes(paint, width, height, request.frames), path, width=width, height=height, rate=rate,
        count=request.frames, options=final_options(final, rate), keys=keyframes(request),
    )  # fmt: skip
    known = {"request": request, "file": path.name, "sha256": sha256_of(path)}
    return clip.model_copy(update=known)


def _planes(paint: Callable[[int], Luma], width: int, height: int, count: int) -> Iterator[Planes]:
    shown = Planes(width, height)
    for i in range(count):
        packed = paint(i)
        chroma = packed[height:].reshape(2, height // 2, width // 2)
        shown.y[:], shown.cb[:], shown.cr[:] = packed[:height], chroma[0], chroma[1]
        yield shown
