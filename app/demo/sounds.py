"""Sounds and settings: patches, levels, sends. dB, Hz, seconds."""

from dataclasses import dataclass

from songreel.demo.score import BREAK, BUILD, CHORUS, CHORUS_2, INTRO, OUTRO, VERSE
from songreel.sound.instruments.struck import Struck
from songreel.sound.instruments.synth import Patch

PAD = Patch(
    voices=5, detune=11, spread=0.95, attack=0.35, decay=1.0, sustain=0.85, release=0.35,
    cutoff=1400, track=0.15, q=0.6,
)  # fmt: skip
STAB = Patch(
    voices=7, detune=17, spread=1.0, attack=0.004, decay=0.35, sustain=0.62, release=0.09,
    cutoff=4600, track=0.2, sweep=1.1, sweep_decay=0.12, q=0.7,
)  # fmt: skip
ARP = Patch(
    voices=2, detune=6, spread=0.5, pulse=0.55, attack=0.002, decay=0.11, sustain=0.0,
    release=0.09, cutoff=2300, track=0.3, sweep=1.5, sweep_decay=0.06, q=1.3,
)  # fmt: skip
BASS = Patch(
    voices=2, detune=4, pulse=0.25, attack=0.003, decay=0.22, sustain=0.7, release=0.035,
    cutoff=1250, track=0.4, sweep=1.6, sweep_decay=0.09, q=1.1, steep=True,
)  # fmt: skip
SUB = Patch(sub=1.0, attack=0.006, decay=0.4, sustain=0.85, release=0.04, cutoff=30, steep=True)
LEAD = Patch(
    voices=3, detune=8, spread=0.3, pulse=0.3, attack=0.006, decay=0.5, sustain=0.78,
    release=0.11, cutoff=3600, track=0.4, sweep=0.7, sweep_decay=0.2, q=0.9, vibrato=14,
    glide=0.018,
)  # fmt: skip
SECOND = Patch(
    voices=3, detune=9, spread=0.8, pulse=0.5, attack=0.008, decay=0.5, sustain=0.7, release=0.11,
    cutoff=1800, track=0.4, sweep=0.5, q=0.8, vibrato=10, glide=0.018,
)  # fmt: skip
CHOIR = Patch(
    voices=6, detune=14, spread=0.9, attack=0.18, decay=1.0, sustain=0.9, release=0.3,
    cutoff=6000, track=0.1, vibrato=12,
)  # fmt: skip
MUTED = Patch(
    voices=2, detune=5, spread=0.0, attack=0.002, decay=0.07, sustain=0.0, release=0.04,
    cutoff=2600, track=0.3, sweep=1.6, sweep_decay=0.035, q=1.6,
)  # fmt: skip
EPIANO = Struck(
    ratio=1.0, index=2.3, index_decay=0.45, decay=1.5, tine=0.3, tremolo=0.35, spread=0.3
)
BELL = Struck(ratio=3.5, index=1.3, index_decay=0.3, decay=1.3, release=0.5, spread=0.4)

DRUM_LEVELS = {
    "kick": -2.5, "snare": -2.0, "clap": -3.0, "rim": -6.0, "roll": -7.0, "hat": -5.0,
    "open": -9.0, "shaker": -4.5, "ride": -7.0, "crash": -6.5, "tom_high": -7.0,
    "tom_mid": -6.0, "tom_low": -5.5, "boom": -6.0,
}  # fmt: skip
"""dB."""
PLATE_DRUMS = {"snare": 0.16, "clap": 0.26, "rim": 0.4, "roll": 0.16, "tom_high": 0.2,
               "tom_mid": 0.2, "tom_low": 0.16, "crash": 0.15, "shaker": 0.1}  # fmt: skip

DRUM_RIDES = {INTRO: -3.0, VERSE: -2.5, BUILD: -3.0, CHORUS: 1.0, BREAK: -2.5, CHORUS_2: 1.2,
              OUTRO: -4.0}  # fmt: skip
LOW_RIDES = {INTRO: -3.0, VERSE: -3.0, BUILD: -3.5, CHORUS: 0.0, BREAK: -5.0, CHORUS_2: 0.0,
             OUTRO: -5.0}  # fmt: skip
MUSIC_RIDES = {INTRO: -1.5, VERSE: -1.0, BUILD: -2.0, CHORUS: 0.0, BREAK: -3.5, CHORUS_2: 0.0,
               OUTRO: -1.5}  # fmt: skip
"""dB by the bar they hold from: the form is heard in loudness too."""


@dataclass(frozen=True)
class Channel:
    """What happens to an instrument on its way to the mix. dB, Hz, 0 to 1."""

    level: float
    cut: float
    """High-pass, Hz: room for kick and bass."""
    duck: float = 0.0
    plate: float = 0.0
    hall: float = 0.0
    echo: float = 0.0
    wide: float = 1.0


CHANNELS = {
    "pad": Channel(-17.5, 190, duck=0.75, hall=0.22, wide=1.1),
    "stabs": Channel(-15.3, 170, duck=0.75, plate=0.12, hall=0.06),
    "arp": Channel(-13.5, 260, duck=0.5, plate=0.1, echo=0.3, wide=1.3),
    "lead": Channel(-8.8, 220, duck=0.18, plate=0.12, hall=0.08, echo=0.22),
    "second": Channel(-15.0, 240, duck=0.2, plate=0.14, hall=0.08, echo=0.12),
    "epiano": Channel(-7.0, 160, duck=0.2, plate=0.14, echo=0.16),
    "comp": Channel(-13.0, 180, duck=0.3, plate=0.12, wide=1.4),
    "choir": Channel(-8.0, 350, duck=0.5, hall=0.35),
    "muted": Channel(-7.0, 140, duck=0.3, plate=0.12, echo=0.06),
    "bells": Channel(-8.5, 300, duck=0.2, hall=0.3, echo=0.35),
}
