"""The instruments of the band, and how loud, where and in which room each one is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from songreel.sound.instruments import effects, modal, plucked
from songreel.sound.instruments.modal import Modal, strike_modal
from songreel.sound.instruments.notes import Clock, Note, Stereo
from songreel.sound.instruments.plucked import Plucked, pluck_string
from songreel.sound.instruments.sampled import Sampled, perform
from songreel.sound.instruments.struck import Struck, strike
from songreel.sound.instruments.synth import Patch, play


@dataclass(frozen=True, kw_only=True)
class Voice:
    """An instrument as the band uses it."""

    sound: Patch | Struck | Modal | Plucked
    low: int
    high: int
    """MIDI pitches it is played between."""
    trim: float = 0.0
    """dB that bring it to the loudness of the others."""
    cut: float = 160.0
    """High-pass, Hz."""
    hall: float = 0.2
    plate: float = 0.08
    echo: float = 0.0
    sustains: bool = False
    """Whether a note lasts as long as it is held."""
    rings: bool = False
    """Whether it is never damped."""
    release: float = 0.12
    sung: bool = False
    """Shaped to an open vowel."""


_STRINGS = Patch(
    voices=6, detune=10, spread=0.85, attack=0.16, decay=1.2, sustain=0.88, release=0.3,
    cutoff=2300, track=0.35, q=0.65, vibrato=9,
)  # fmt: skip
_SPICCATO = Patch(
    voices=5, detune=9, spread=0.7, attack=0.012, decay=0.14, sustain=0.12, release=0.09,
    cutoff=2400, track=0.3, sweep=0.8, sweep_decay=0.06, q=0.7,
)  # fmt: skip
_CELLO = Patch(
    voices=3, detune=7, spread=0.35, attack=0.09, decay=0.8, sustain=0.85, release=0.2,
    cutoff=1500, track=0.4, q=0.8, vibrato=10, glide=0.03,
)  # fmt: skip
_VIOLIN = Patch(
    voices=3, detune=6, spread=0.3, attack=0.07, decay=0.7, sustain=0.86, release=0.18,
    cutoff=2800, track=0.45, q=0.9, vibrato=16, glide=0.02,
)  # fmt: skip
_BRASS = Patch(
    voices=4, detune=6, spread=0.45, attack=0.05, decay=0.5, sustain=0.85, release=0.12,
    cutoff=1900, track=0.4, sweep=-1.6, sweep_decay=0.09, q=0.75, vibrato=4,
)  # fmt: skip
_HORN = Patch(
    voices=3, detune=5, spread=0.4, attack=0.08, decay=0.6, sustain=0.85, release=0.2,
    cutoff=1000, track=0.5, sweep=-1.2, sweep_decay=0.12, q=0.75, vibrato=5,
)  # fmt: skip
_FLUTE = Patch(
    voices=2, detune=2, spread=0.15, attack=0.06, decay=0.6, sustain=0.85, release=0.12,
    cutoff=900, track=0.85, q=0.7, vibrato=18, glide=0.015, steep=True,
)  # fmt: skip
_REED = Patch(
    voices=2, detune=3, spread=0.15, pulse=0.9, attack=0.045, decay=0.6, sustain=0.85,
    release=0.1, cutoff=1300, track=0.6, q=0.8, vibrato=10, glide=0.02,
)  # fmt: skip
_WARM = Patch(
    voices=5, detune=11, spread=0.95, attack=0.35, decay=1.0, sustain=0.85, release=0.5,
    cutoff=1100, track=0.15, q=0.6,
)  # fmt: skip
_GLASS = Patch(
    voices=4, detune=8, spread=0.9, pulse=0.7, attack=0.5, decay=1.0, sustain=0.8, release=0.8,
    cutoff=1500, track=0.3, sweep=0.6, sweep_decay=0.8, q=1.1,
)  # fmt: skip
_CHOIR = Patch(
    voices=6, detune=14, spread=0.9, attack=0.2, decay=1.0, sustain=0.9, release=0.35,
    cutoff=6000, track=0.1, vibrato=12,
)  # fmt: skip
_ORGAN = Patch(
    voices=4, detune=4, spread=0.5, pulse=0.85, attack=0.02, decay=0.5, sustain=0.95,
    release=0.09, cutoff=1700, track=0.5, q=0.6, sub=0.4,
)  # fmt: skip
_STAB = Patch(
    voices=7, detune=17, spread=1.0, attack=0.004, decay=0.3, sustain=0.45, release=0.1,
    cutoff=3800, track=0.2, sweep=1.1, sweep_decay=0.12, q=0.7,
)  # fmt: skip
_SYNTH = Patch(
    voices=3, detune=8, spread=0.3, pulse=0.3, attack=0.008, decay=0.5, sustain=0.75,
    release=0.12, cutoff=3000, track=0.4, sweep=0.7, sweep_decay=0.2, q=0.9, vibrato=14,
    glide=0.02,
)  # fmt: skip
_SOFT = Patch(
    voices=2, detune=5, spread=0.3, attack=0.02, decay=0.6, sustain=0.7, release=0.2,
    cutoff=800, track=0.7, sweep=0.4, sweep_decay=0.3, q=0.8, vibrato=10, glide=0.03,
)  # fmt: skip
_ARP = Patch(
    voices=2, detune=6, spread=0.5, pulse=0.55, attack=0.002, decay=0.13, sustain=0.0,
    release=0.1, cutoff=1900, track=0.3, sweep=1.4, sweep_decay=0.06, q=1.2,
)  # fmt: skip
_ACID = Patch(
    voices=1, attack=0.003, decay=0.15, sustain=0.2, release=0.05, cutoff=700, track=0.3,
    sweep=2.4, sweep_decay=0.09, q=3.5, steep=True, glide=0.02,
)  # fmt: skip
_SQUARE = Patch(
    pulse=1.0, attack=0.002, decay=0.25, sustain=0.55, release=0.03, cutoff=9000, track=0.0,
    vibrato=12,
)  # fmt: skip
_BLIP = Patch(pulse=0.6, attack=0.002, decay=0.08, sustain=0.15, release=0.03, cutoff=8000)
_MUTED = Patch(
    voices=2, detune=5, spread=0.5, attack=0.002, decay=0.08, sustain=0.0, release=0.05,
    cutoff=2200, track=0.3, sweep=1.6, sweep_decay=0.035, q=1.5,
)  # fmt: skip
_BASS = Patch(
    voices=2, detune=4, pulse=0.25, sub=0.8, attack=0.004, decay=0.25, sustain=0.7,
    release=0.05, cutoff=620, track=0.4, sweep=1.5, sweep_decay=0.09, q=1.0, steep=True,
)  # fmt: skip
_SUB = Patch(
    sub=1.0, attack=0.012, decay=0.5, sustain=0.85, release=0.08, cutoff=90, track=0.8, steep=True
)
_REESE = Patch(
    voices=4, detune=18, spread=0.2, sub=0.9, attack=0.01, decay=0.4, sustain=0.85,
    release=0.06, cutoff=420, track=0.3, q=0.9, steep=True,
)  # fmt: skip
_BASSES = Patch(
    voices=4, detune=8, spread=0.3, sub=0.25, attack=0.08, decay=0.8, sustain=0.85, release=0.2,
    cutoff=620, track=0.4, q=0.7, vibrato=5,
)  # fmt: skip
_TRIANGLE = Patch(
    pulse=1.0, sub=0.4, attack=0.003, decay=0.2, sustain=0.8, release=0.03, cutoff=500, track=0.9
)
_DRIVEN = Patch(
    voices=4, detune=9, spread=0.9, pulse=0.2, attack=0.004, decay=0.4, sustain=0.7,
    release=0.08, cutoff=2600, track=0.2, sweep=0.8, sweep_decay=0.1, q=0.9,
)  # fmt: skip
_EPIANO = Struck(ratio=1.0, index=1.9, index_decay=0.45, decay=1.5, tine=0.22, tremolo=0.3,
                 spread=0.3)  # fmt: skip
_BELL = Struck(ratio=3.5, index=1.2, index_decay=0.3, decay=1.3, release=0.5, spread=0.4)

VOICES: Mapping[str, Voice] = {
    "piano": Voice(trim=-24.2, sound=modal.PIANO, low=31, high=93, cut=60, hall=0.16, release=0.14),
    "felt piano": Voice(
        trim=-22.7, sound=modal.FELT, low=31, high=88, cut=70, hall=0.24, release=0.18
    ),
    "electric piano": Voice(trim=-17.7, sound=_EPIANO, low=36, high=88, plate=0.14, echo=0.1),
    "organ": Voice(trim=-22.6, sound=_ORGAN, low=36, high=90, sustains=True, hall=0.25),
    "music box": Voice(
        trim=-18.4, sound=modal.CELESTA, low=60, high=100, rings=True, echo=0.1, release=0.5
    ),
    "vibraphone": Voice(
        trim=-19.6, sound=modal.VIBRAPHONE, low=53, high=90, release=0.3, plate=0.16
    ),
    "marimba": Voice(trim=-17.6, sound=modal.MARIMBA, low=45, high=93, rings=True, plate=0.14),
    "kalimba": Voice(
        trim=-14.2, sound=modal.KALIMBA, low=55, high=91, rings=True, hall=0.3, echo=0.12
    ),
    "chimes": Voice(trim=-28.1, sound=modal.CHIMES, low=60, high=90, rings=True, hall=0.35),
    "bells": Voice(trim=-21.7, sound=_BELL, low=60, high=96, hall=0.35, echo=0.2, cut=300),
    "guitar": Voice(
        trim=-14.1, sound=plucked.NYLON, low=40, high=84, cut=80, plate=0.14, release=0.1
    ),
    "steel guitar": Voice(
        trim=-14.9, sound=plucked.STEEL, low=40, high=86, cut=90, plate=0.14, release=0.1
    ),
    "harp": Voice(trim=-14.3, sound=plucked.HARP, low=36, high=96, rings=True, hall=0.28),
    "pizzicato": Voice(trim=-9.2, sound=plucked.PIZZICATO, low=40, high=91, rings=True, hall=0.28),
    "electric guitar": Voice(
        trim=-19.5, sound=_DRIVEN, low=40, high=84, sustains=True, cut=110, plate=0.16
    ),
    "muted guitar": Voice(
        trim=-12.2, sound=_MUTED, low=40, high=84, cut=140, plate=0.12, echo=0.06
    ),
    "strings": Voice(trim=-18.8, sound=_STRINGS, low=43, high=93, sustains=True, hall=0.32),
    "staccato strings": Voice(trim=-14.4, sound=_SPICCATO, low=43, high=93, hall=0.3),
    "violin": Voice(trim=-20.5, sound=_VIOLIN, low=55, high=96, sustains=True, hall=0.3),
    "cello": Voice(trim=-18.9, sound=_CELLO, low=36, high=76, sustains=True, hall=0.26, cut=70),
    "brass": Voice(trim=-17.8, sound=_BRASS, low=41, high=84, sustains=True, hall=0.28),
    "horn": Voice(trim=-17.2, sound=_HORN, low=41, high=79, sustains=True, hall=0.34),
    "flute": Voice(trim=-16.9, sound=_FLUTE, low=60, high=94, sustains=True, hall=0.3, cut=240),
    "clarinet": Voice(trim=-23.1, sound=_REED, low=50, high=86, sustains=True, hall=0.26),
    "choir": Voice(
        trim=-13.4, sound=_CHOIR, low=48, high=84, sustains=True, hall=0.4, sung=True, cut=220
    ),
    "warm pad": Voice(trim=-16.8, sound=_WARM, low=43, high=88, sustains=True, hall=0.26, cut=150),
    "glass pad": Voice(trim=-20.7, sound=_GLASS, low=48, high=93, sustains=True, hall=0.4, cut=200),
    "synth": Voice(
        trim=-20.9, sound=_SYNTH, low=48, high=91, sustains=True, echo=0.22, hall=0.1, cut=220
    ),
    "soft synth": Voice(
        trim=-18.4, sound=_SOFT, low=48, high=91, sustains=True, echo=0.2, hall=0.22, cut=200
    ),
    "synth chords": Voice(trim=-18.0, sound=_STAB, low=43, high=88, sustains=True, plate=0.14),
    "arpeggiator": Voice(trim=-17.1, sound=_ARP, low=48, high=96, echo=0.24, plate=0.1, cut=240),
    "acid": Voice(trim=-23.4, sound=_ACID, low=36, high=72, echo=0.1, cut=90),
    "square wave": Voice(
        trim=-23.0, sound=_SQUARE, low=48, high=96, sustains=True, hall=0.04, plate=0.06
    ),
    "blip": Voice(trim=-16.2, sound=_BLIP, low=48, high=100, hall=0.04, echo=0.1, cut=200),
    "synth bass": Voice(
        trim=-15.8, sound=_BASS, low=28, high=52, sustains=True, hall=0, plate=0, cut=28
    ),
    "sub bass": Voice(
        trim=-18.7, sound=_SUB, low=28, high=48, sustains=True, hall=0, plate=0, cut=26
    ),
    "reese bass": Voice(
        trim=-16.2, sound=_REESE, low=28, high=48, sustains=True, hall=0, plate=0, cut=28
    ),
    "upright bass": Voice(
        trim=-11.7, sound=plucked.UPRIGHT, low=28, high=52, hall=0.04, plate=0.04, cut=32
    ),
    "bass guitar": Voice(
        trim=-11.7, sound=plucked.FINGER, low=28, high=52, hall=0, plate=0.02, cut=30
    ),
    "low strings": Voice(
        trim=-14.4, sound=_BASSES, low=28, high=52, sustains=True, hall=0.22, cut=32
    ),
    "triangle wave": Voice(
        trim=-21.5, sound=_TRIANGLE, low=33, high=60, sustains=True, hall=0, cut=40
    ),
}
"""By name. Trims bring triads in eighths at velocity 0.7, 120 BPM, to −23 LUFS (BS.1770-4)."""


def sound(
    voice: Voice, notes: Sequence[Note], size: int, rate: int, clock: Clock, seed: int
) -> Stereo:
    """Play `notes` on `voice`; shape (2, size)."""
    match voice.sound:
        case Patch():
            x = play(notes, voice.sound, size, rate, seed, clock)
            return effects.sing(x, rate) if voice.sung else x
        case Struck():
            return strike(notes, voice.sound, size, rate, clock)
        case Modal():
            take = partial(strike_modal, voice.sound)
        case Plucked():
            take = partial(pluck_string, voice.sound)
    return perform(notes, Sampled(take, voice.release, voice.rings), size, rate, clock)
