"""Styles: who plays what, from which energy on, and on which groove."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

ENTERS: Mapping[str, float] = {
    "pad": 0.0, "keys": 0.0, "bass": 0.24, "arp": 0.38, "drums": 0.4, "lead": 0.56, "counter": 0.74,
}  # fmt: skip
"""Energy from which each plays: pad and piano alone, then bass, drums, the tune, everybody."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """A way of playing together."""

    name: str
    voices: Mapping[str, str]
    """Instrument by role; a role that is not there is not played."""
    enters: Mapping[str, float] = field(default_factory=dict)
    """Where it differs from ENTERS."""
    drums: str = "pop"
    """Groove; empty for none."""
    bass: str = "roots"
    comp: str = "broken"
    arp: str = "run"
    feeling: str = ""
    """Family of progressions, whatever the mood; empty: the mood's."""
    swing: float = 0.0
    """Share of a division by which every second one comes late."""
    duck: float = 0.0
    """How far the kick pushes the others down."""
    kick: float = 0.0
    """dB by which the kick stands out."""
    hall: float = 1.0
    """How much of the room is heard."""
    tempo: float = 100.0
    """BPM where nobody says."""
    slow: bool = False
    """Chords last twice as long."""
    bright: float = 0.0
    """Octaves."""

    def entry(self, role: str) -> float:
        """Energy from which `role` plays."""
        return self.enters.get(role, ENTERS[role])


STYLES: Mapping[str, Style] = {
    style.name: style
    for style in (
        Style(
            name="cinematic",
            voices={
                "pad": "strings", "keys": "piano", "arp": "staccato strings",
                "bass": "low strings", "lead": "horn", "counter": "violin",
            },
            drums="orchestra", bass="roots", comp="broken", arp="ostinato", hall=1.3, tempo=90,
        ),
        Style(
            name="orchestral",
            voices={
                "pad": "strings", "keys": "harp", "arp": "staccato strings",
                "bass": "low strings", "lead": "brass", "counter": "violin",
            },
            drums="orchestra", comp="broken", arp="ostinato", hall=1.4, tempo=96,
        ),
        Style(
            name="ambient",
            voices={
                "pad": "glass pad", "keys": "felt piano", "arp": "kalimba", "bass": "sub bass",
                "lead": "soft synth", "counter": "choir",
            },
            enters={"drums": 0.7, "bass": 0.3, "lead": 0.5, "arp": 0.45},
            drums="soft", bass="long", comp="sparse", feeling="still", hall=1.8, tempo=72,
            slow=True, bright=-0.3,
        ),
        Style(
            name="piano",
            voices={
                "pad": "strings", "keys": "piano", "bass": "cello", "lead": "piano",
                "counter": "violin",
            },
            enters={"pad": 0.42, "drums": 0.84, "lead": 0.5, "bass": 0.5},
            drums="soft", bass="long", comp="broken", hall=1.1, tempo=80,
        ),
        Style(
            name="lo-fi",
            voices={
                "pad": "warm pad", "keys": "electric piano", "arp": "vibraphone",
                "bass": "upright bass", "lead": "vibraphone", "counter": "flute",
            },
            enters={"drums": 0.26, "bass": 0.2, "pad": 0.3, "arp": 0.7, "lead": 0.44},
            drums="lofi", bass="lazy", comp="rhythm", arp="sparse", feeling="jazz", swing=0.3,
            duck=0.3, hall=0.7, tempo=80, bright=-0.7,
        ),
        Style(
            name="jazz",
            voices={
                "keys": "piano", "bass": "upright bass", "lead": "clarinet",
                "counter": "vibraphone",
            },
            enters={"drums": 0.3, "bass": 0.12},
            drums="jazz", bass="walk", comp="rhythm", feeling="jazz", swing=0.33, hall=0.6,
            tempo=110, bright=-0.2,
        ),
        Style(
            name="pop",
            voices={
                "pad": "warm pad", "keys": "piano", "arp": "muted guitar", "bass": "synth bass",
                "lead": "synth", "counter": "strings",
            },
            drums="pop", bass="pulse", comp="rhythm", arp="motor", duck=0.25, hall=0.8, tempo=112,
        ),
        Style(
            name="folk",
            voices={
                "pad": "strings", "keys": "guitar", "arp": "steel guitar", "bass": "upright bass",
                "lead": "flute", "counter": "violin",
            },
            enters={"pad": 0.34, "drums": 0.5},
            drums="folk", bass="fifths", comp="picked", arp="picked", hall=0.8, tempo=100,
        ),
        Style(
            name="rock",
            voices={
                "pad": "organ", "keys": "steel guitar", "arp": "electric guitar",
                "bass": "bass guitar", "lead": "electric guitar", "counter": "organ",
            },
            enters={"drums": 0.32, "bass": 0.26, "pad": 0.2, "arp": 0.5},
            drums="rock", bass="pulse", comp="rhythm", arp="chug", hall=0.6, tempo=124,
        ),
        Style(
            name="house",
            voices={
                "pad": "warm pad", "keys": "synth chords", "arp": "arpeggiator",
                "bass": "synth bass", "lead": "synth", "counter": "strings",
            },
            enters={"drums": 0.28, "bass": 0.34},
            drums="house", bass="offbeat", comp="stabs", arp="run", kick=4.0, duck=0.6,
            hall=0.8, tempo=122,
        ),
        Style(
            name="techno",
            voices={
                "pad": "warm pad", "keys": "synth chords", "arp": "acid", "bass": "reese bass",
                "lead": "arpeggiator", "counter": "glass pad",
            },
            enters={"drums": 0.2, "bass": 0.3, "arp": 0.45, "lead": 0.66},
            drums="techno", bass="gallop", comp="stabs", arp="acid", feeling="pulse", kick=4.0,
            duck=0.7, hall=0.8, tempo=130, slow=True,
        ),
        Style(
            name="synthwave",
            voices={
                "pad": "warm pad", "keys": "synth chords", "arp": "arpeggiator",
                "bass": "synth bass", "lead": "synth", "counter": "glass pad",
            },
            enters={"drums": 0.34, "arp": 0.14},
            drums="synthwave", kick=2.0, bass="pulse", comp="stabs", arp="run", duck=0.45, hall=1.0,
            tempo=104,
        ),
        Style(
            name="hip-hop",
            voices={
                "pad": "choir", "keys": "piano", "arp": "bells", "bass": "sub bass",
                "lead": "bells", "counter": "strings",
            },
            enters={"drums": 0.28, "bass": 0.2},
            drums="trap", bass="lazy", comp="sparse", arp="sparse", duck=0.3, hall=0.8, tempo=140,
            slow=True,
        ),
        Style(
            name="drum and bass",
            voices={
                "pad": "glass pad", "keys": "electric piano", "arp": "arpeggiator",
                "bass": "reese bass", "lead": "synth", "counter": "strings",
            },
            enters={"drums": 0.34},
            drums="breaks", bass="long", comp="stabs", arp="run", duck=0.4, hall=1.0, tempo=172,
            slow=True,
        ),
        Style(
            name="8-bit",
            voices={
                "keys": "blip", "arp": "blip", "bass": "triangle wave", "lead": "square wave",
                "counter": "square wave",
            },
            enters={"drums": 0.34, "bass": 0.12, "arp": 0.3, "lead": 0.4},
            drums="chip", bass="pulse", comp="rhythm", arp="run", hall=0.15, tempo=138,
        ),
    )
}  # fmt: skip


def styled(style: Style, instruments: tuple[str, ...], without: frozenset[str]) -> Style:
    """`style` with the instruments that were asked for, and without what is not wanted.

    Args:
        style: To begin with.
        instruments: Names of voices, in the order in which they were asked for.
        without: Names of voices, and `drums`, that are not to be heard.
    """
    voices = dict(style.voices)
    enters = dict(style.enters)
    asked: set[str] = set()
    for name in instruments:
        role = _role(name, voices, asked)
        if role is None:
            continue
        voices[role] = name
        asked.add(role)
        # What was asked for by name is not kept for the finale.
        enters[role] = min(style.entry(role), 0.4)
    for role, name in tuple(voices.items()):
        if name in without:
            del voices[role]
    return replace(
        style, voices=voices, enters=enters, drums="" if "drums" in without else style.drums
    )


_SUITS: Mapping[str, tuple[str, ...]] = {
    "piano": ("keys", "lead"), "felt piano": ("keys", "lead"), "electric piano": ("keys", "lead"),
    "organ": ("pad", "keys"), "music box": ("arp", "lead", "keys"),
    "vibraphone": ("lead", "arp", "keys"), "marimba": ("arp", "keys"),
    "kalimba": ("arp", "keys", "lead"), "chimes": ("counter",), "bells": ("arp", "lead"),
    "guitar": ("keys", "arp", "lead"), "steel guitar": ("keys", "arp"), "harp": ("keys", "arp"),
    "pizzicato": ("arp", "keys"), "electric guitar": ("lead", "arp"), "muted guitar": ("arp",),
    "strings": ("pad", "counter"), "staccato strings": ("arp",), "violin": ("lead", "counter"),
    "cello": ("bass", "lead", "counter"), "brass": ("lead", "counter"), "horn": ("lead", "counter"),
    "flute": ("lead", "counter"), "clarinet": ("lead", "counter"), "choir": ("pad", "counter"),
    "warm pad": ("pad",), "glass pad": ("pad", "counter"), "synth": ("lead", "counter"),
    "soft synth": ("lead",), "synth chords": ("keys",), "arpeggiator": ("arp",), "acid": ("arp",),
    "square wave": ("lead",), "blip": ("arp",), "synth bass": ("bass",), "sub bass": ("bass",),
    "reese bass": ("bass",), "upright bass": ("bass",), "bass guitar": ("bass",),
    "low strings": ("bass",), "triangle wave": ("bass",),
}  # fmt: skip
"""Roles an instrument may take, best first."""


def _role(name: str, voices: Mapping[str, str], taken: set[str]) -> str | None:
    """Which role `name` takes: the first that suits and nobody asked for; None if it has one."""
    if any(voice == name for role, voice in voices.items() if role not in taken):
        return next(role for role, voice in voices.items() if voice == name and role not in taken)
    return next((role for role in _SUITS[name] if role not in taken), None)
