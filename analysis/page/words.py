"""What was heard in a musician's words: trust, chords, facts, doubts."""

from typing import NamedTuple

from songreel.models.harmony import TONICS, Chord
from songreel.models.music import Analysis, Loudness, Trust
from songreel.models.timebase import clock

_SURE = ((0.85, "sure"), (0.65, "likely"), (0.45, "doubtful"), (0.0, "a guess"))
DOUBTFUL = 0.65
"""Trust below which a part is called doubtful."""
_QUALITIES = {"maj": "", "min": "m", "7": "7", "maj7": "maj7", "min7": "m7", "dim": "dim",
              "aug": "aug", "sus4": "sus4", "5": "5"}  # fmt: skip
_PARTS = {
    "grid": "beats", "octave": "tempo octave", "meter": "bar lines", "sections": "sections",
    "key": "key",
}  # fmt: skip
_OCTAVE_REASON = "the tempo may as well"
_SLOW, _FAST = 30.0, 300.0
"""BPM between which a pulse is felt: beats of 2 s to 0.2 s (London, Hearing in Time, 2012)."""
_VOICED = 0.5
"""Voice-likelihood from which somebody is taken to sing."""


class Fact(NamedTuple):
    """One line of the summary."""

    name: str
    figure: str
    note: str


def trust_word(trust: float) -> str:
    """`sure`, `likely`, `doubtful` or `a guess`."""
    return next(word for least, word in _SURE if trust >= least)


def trusts(trust: Trust) -> list[tuple[str, float, str]]:
    """(part, trust, word) of each part."""
    return [(name, getattr(trust, part), trust_word(getattr(trust, part)))
            for part, name in _PARTS.items()]  # fmt: skip


def chord_name(chord: Chord) -> str:
    """`B♭m7` as a musician writes it; empty for no chord."""
    if chord.root is None:
        return ""
    return TONICS[chord.root].replace("b", "♭") + _QUALITIES[chord.quality]


def level(loudness: Loudness) -> Fact:
    """Loudness in one line, what is missing left out."""
    if loudness.integrated is None:
        return Fact("loudness", "silent", "")
    notes = [] if loudness.range is None else [f"range {loudness.range:.1f} LU"]
    if loudness.true_peak is not None:
        notes.append(f"true peak {loudness.true_peak:.1f} dBTP")
    elif loudness.peak is not None:
        notes.append(f"peak {loudness.peak:.1f} dBFS")
    if loudness.crest is not None:
        notes.append(f"crest {loudness.crest:.1f} dB")
    return Fact("loudness", f"{loudness.integrated:.1f} LUFS", ", ".join(notes))


def facts(analysis: Analysis) -> list[Fact]:
    """The song in a few lines: tempo, meter, key, loudness, mood, tuning, voice."""
    trust, mood = analysis.trust, analysis.mood
    if analysis.tempo is None:
        found = [Fact("tempo", "no pulse", "")]
    else:
        note = f"octave {trust_word(trust.octave)}"
        found = [Fact("tempo", f"{analysis.tempo:.1f} BPM", note)]
    bars = f"{len(analysis.downbeats)} bars, {len(analysis.beats)} beats; {trust_word(trust.meter)}"
    found.append(Fact("meter", analysis.meter, bars))
    changes = [
        f"{after.key} at {clock(after.start)[:-3]}" for after in analysis.keys[1:] if after.key
    ]
    key = trust_word(trust.key) if analysis.key else ""
    if changes:
        key += f"; {', '.join(changes[:3])}" + (
            f" and {len(changes) - 3} more" * (len(changes) > 3)
        )
    found.append(Fact("key", str(analysis.key) if analysis.key else "none", key))
    found.append(level(analysis.loudness))
    words = ", ".join(mood.words) or "neutral"
    found.append(Fact("mood", words, f"valence {mood.valence:+.2f}, arousal {mood.arousal:+.2f}"))
    if analysis.tuning is not None:
        found.append(Fact("tuning", f"{analysis.tuning:.1f} Hz", "of the A above middle C"))
    if analysis.voice is not None:
        voice = analysis.voice.values
        share = sum(value >= _VOICED for value in voice) / len(voice)
        found.append(Fact("voice", f"{100 * share:.0f} %", "of the song, where a voice is likely"))
    return found


def doubts(analysis: Analysis) -> list[str]:
    """What is doubtful, replaced or skipped, a sentence each."""
    trust, tempo = analysis.trust, analysis.tempo
    doubted = tempo is not None and trust.octave < DOUBTFUL
    # Said below with what to do about it.
    kept = [r for r in trust.reasons if not (doubted and r.startswith(_OCTAVE_REASON))]
    said = [reason[:1].upper() + reason[1:] for reason in kept]
    if tempo is not None and doubted:
        ways = [f"{tempo / 2:.1f} BPM (--half)"] * (tempo / 2 >= _SLOW)
        ways += [f"{2 * tempo:.1f} BPM (--double)"] * (2 * tempo <= _FAST)
        said.append(
            f"The tempo may be felt as {' or '.join(ways)}: listen to the clicks, and hear the "
            "song again with what fits"
        )
    return [*said, *analysis.notices]
