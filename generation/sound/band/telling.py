"""What a report says of a piece: `told_of`."""

from songreel.generation.sound.band.score import piece_of
from songreel.generation.sound.band.soundscape import listen
from songreel.generation.sound.band.words import understand
from songreel.models.sound_request import SoundRequest

_SOME = 6


def _sounds(request: SoundRequest) -> str:
    heard = listen(request.prompt, request.negative)
    if not heard.understood:
        return (
            "built-in effects: none of the prompt's words is known, so it is the tone of a room; "
            "name sounds such as rain, birds, traffic, footsteps"
        )
    return f"built-in effects, from the prompt's words: {', '.join(heard.sounds)}"


def told_of(request: SoundRequest) -> tuple[str, ...]:
    """Style and instruments of a planned request, and what its prompt's words became."""
    if request.task == "effects":
        return (_sounds(request),)
    piece = piece_of(request)
    words = understand(request.prompt, request.negative)
    playing = [voice for role, voice in piece.style.voices.items() if piece.plays(role)]
    if piece.style.drums and piece.energy >= piece.style.entry("drums"):
        playing.append("drums")
    found = [
        f"built-in band, {piece.style.name}: {', '.join(dict.fromkeys(playing))}; "
        f"{piece.key.name}, {piece.metre.bpm:g} BPM"
    ]
    if words.cousins:
        found.append(f"the band has cousins of some instruments: {', '.join(words.cousins)}")
    if words.lost:
        rest = len(words.lost) - _SOME
        more = f" and {rest} more" if rest > 0 else ""
        found.append(f"of the prompt these words say nothing to the band: "
                     f"{', '.join(words.lost[:_SOME])}{more}")  # fmt: skip
    return tuple(found)
