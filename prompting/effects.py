"""Which effect where: few kinds, one idea a section, and almost nothing in calm songs."""

from collections.abc import Sequence
from dataclasses import dataclass

from songreel.models.effect import SPEED_RAMP, EffectCue, Setting
from songreel.models.errors import InvalidInput
from songreel.models.music import Section
from songreel.models.storyboard import CameraMove, CutReason, Look, Palette, Shot
from songreel.prompting.density import relative, section_energies
from songreel.prompting.pulse import Pulse

AMOUNTS = {"none": 0.0, "subtle": 0.4, "full": 1.0}
SUBTLE = AMOUNTS["subtle"]
PLENTY = 0.7
"""Amount from which more than the great moments move."""
LOUD = 0.7
"""Relative energy from which a section whose function cannot be told counts as a chorus."""
BALLAD = 0.4
"""Mean energy under which a song without excitement is calm."""
CHATTER = 1.7
"""Hits a second from which a change of light on each is a flicker and no accent."""
_STILL = ("intro", "break", "bridge", "outro", "silence")
_STRONG = (CutReason.DROP, CutReason.SECTION, CutReason.PHRASE)
_SCOPE = ("anamorphic", "cinemascope", "scope lens")
"""Lenses whose pictures are wider than 16:9."""
_GRAINY = ("16 mm", "8 mm", "35 mm", "film stock", "grain")


@dataclass(frozen=True)
class _Place:
    """A shot in its section."""

    section: Section
    idea: str
    entry: bool
    seconds: float
    shot: Shot
    downbeats: int
    """Inside it, its start not counted."""
    backbeat: str
    """Driver that marks its section without chattering."""


def amount_of(text: str) -> float:
    """How much is done to pictures, 0 to 1, from its name or as a number.

    Raises:
        InvalidInput: It is neither.
    """
    if text in AMOUNTS:
        return AMOUNTS[text]
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if not 0 <= amount <= 1:
        names = ", ".join(AMOUNTS)
        raise InvalidInput(f"effects {text!r} is not known: say {names}, or a number from 0 to 1")
    return amount


def with_cues(pulse: Pulse, shots: Sequence[Shot], amount: float) -> tuple[Shot, ...]:
    """`shots` with their effects; locked ones keep theirs.

    Args:
        pulse: The song.
        shots: As planned.
        amount: 0 for none, 0.4 for what a viewer feels rather than sees, 1 for a film that shows
            what it can.
    """
    if amount == 0:
        return tuple(shots)
    sections = pulse.analysis.sections
    ideas = _ideas(pulse, amount)
    starts = [max(0.0, shot.at.resolve(pulse.grid)) for shot in shots]
    ends = [*starts[1:], pulse.duration]
    downbeats = pulse.grid.downbeat_times if pulse.locked else ()
    found: list[Shot] = []
    for i, shot in enumerate(shots):
        if shot.locked:
            found.append(shot)
            continue
        inner = sum(starts[i] + 0.1 < time < ends[i] - 0.1 for time in downbeats)
        entry = i == 0 or shots[i - 1].section != shot.section
        section = sections[shot.section]
        idea, seconds = ideas[shot.section], ends[i] - starts[i]
        place = _Place(section, idea, entry, seconds, shot, inner, _backbeat(pulse, section))
        cues = _cues(place, amount)
        following = shots[i + 1] if i + 1 < len(shots) else None
        into_drop = following is not None and following.reason is CutReason.DROP
        if into_drop and amount >= SUBTLE and place.seconds >= 1.5 * pulse.beat:
            cues.append(_cue(SPEED_RAMP, "beat", 0.6 + 0.4 * amount))
        cues.append(_grade(section, shot.palette, amount))
        found.append(shot.model_copy(update={"effects": tuple(cues)}))
    return tuple(found)


def finish(look: Look, amount: float) -> tuple[EffectCue, ...]:
    """What lies over the whole film: slight grain, and bars where the look is shot in scope."""
    if amount == 0:
        return ()
    said = f"{look.medium} {look.lens}".lower()
    grainy = 1.5 if any(word in said for word in _GRAINY) else 1.0
    cues = [_cue("grain", "shot", grainy * (0.1 + 0.22 * amount))]
    if any(word in said for word in _SCOPE):
        cues.append(_cue("letterbox", "shot", 1.0))
    return tuple(cues)


def _backbeat(pulse: Pulse, section: Section) -> str:
    """The snare, where it comes at most as often as every beat of 100 BPM; else the bar."""
    snare = pulse.analysis.onsets.snare.cut(section.start, section.end).times
    return "snare" if 0 < len(snare) <= CHATTER * (section.end - section.start) else "downbeat"


def _ideas(pulse: Pulse, amount: float) -> list[str]:
    """One idea a section, the same for sections of the same letter: repeated ones rhyme."""
    sections = pulse.analysis.sections
    places = relative(section_energies(pulse), sections)
    calm = not pulse.locked or (
        bool(pulse.analysis.energy.array.mean() < BALLAD) and pulse.analysis.mood.arousal < -0.2
    )
    by_letter: dict[str, str] = {}
    found: list[str] = []
    for section, place in zip(sections, places, strict=True):
        letter = f"{section.letter} {section.label}"
        if letter not in by_letter:
            by_letter[letter] = "drift" if calm else _idea(section, place, amount)
        found.append(by_letter[letter])
    return found


def _idea(section: Section, place: float, amount: float) -> str:
    label = section.label
    if label in _STILL:
        return "rest"
    if label == "drop":
        return "blows"
    if label == "chorus" or (label == "section" and place >= LOUD):
        return "lands"
    if label in ("build", "pre-chorus"):
        return "rises"
    if label in ("instrumental", "solo") and amount >= PLENTY and place >= 0.5:
        return "parts"
    if label == "verse" and amount >= PLENTY and place >= 0.3:
        return "gleams"
    return "drift" if amount >= PLENTY else "rest"


def _cues(place: _Place, amount: float) -> list[EffectCue]:
    """What moves in a shot, in the order in which it is carried out."""
    moves = amount * (0.8 + 0.4 * place.shot.energy)
    strong = place.entry or place.shot.reason in _STRONG
    match place.idea:
        case "blows":
            cues = [_cue("punch-in", "downbeat", 1.1 * moves)]
            if amount >= PLENTY:
                cues.append(_cue("shake", "downbeat", 0.8 * moves))
            elif strong:
                cues.append(_cue("shake", "cut", moves))
            if place.shot.reason is CutReason.DROP and amount >= PLENTY:
                cues.append(_cue("zoom blur", "cut", 0.8 * moves))
            return cues
        case "lands":
            # Where every bar is a cut already, the cut is the hit: only phrases get more.
            if strong or place.downbeats or amount >= PLENTY:
                return [_cue("punch-in", "downbeat", moves)]
        case "rises":
            if place.section.label == "build":
                return [_cue("push", "build", 0.6 + 0.4 * amount)]
            if place.seconds >= 2:
                return [_cue("push", "shot", 0.5 * moves)]
        case "parts":
            return [_cue("rgb split", place.backbeat, 0.7 * moves)]
        case "gleams":
            return [_cue("pulse", place.backbeat, 0.5 * moves)]
        case "drift":
            if place.seconds >= 4 and place.shot.camera is CameraMove.STATIC:
                return [_cue("push", "shot", 0.6 * amount)]
    return []


def _grade(section: Section, palette: Palette, amount: float) -> EffectCue:
    """Light and colour of a section: its function, its mood, and the palette of its shots."""
    lively = section.label in ("chorus", "drop")
    faded = section.label in ("break", "bridge", "intro", "outro")
    mood = section.mood
    contrast = 1.05 + 0.08 * mood.arousal + (0.06 if lively else -0.04 if faded else 0.0)
    saturation = 1.02 + 0.08 * mood.valence + (0.1 if lively else -0.14 if faded else 0.0)
    dark, light = palette[0], palette[-1]
    coloured = max(palette[:-1], key=lambda colour: colour.chroma * (1 - colour.lightness))
    shade = dark if dark.chroma >= 0.02 else coloured
    settings: dict[str, Setting] = {
        "contrast": round(contrast, 2),
        "saturation": round(saturation, 2),
        "gamma": round(1 + 0.05 * mood.valence, 2),
        "lift": 0.03 if faded else 0.0,
        "shadows": (round(shade.hue % 360), round(min(shade.chroma, 0.045), 3)),
        "highlights": (round(light.hue % 360), round(min(light.chroma, 0.03), 3)),
    }
    strength = round(0.3 + 0.6 * amount, 2)
    return EffectCue(effect="grade", on="shot", strength=strength, settings=settings)


def _cue(effect: str, on: str, strength: float) -> EffectCue:
    cue = {"effect": effect, "on": on, "strength": round(min(max(strength, 0.05), 1.0), 2)}
    return EffectCue.model_validate(cue)
