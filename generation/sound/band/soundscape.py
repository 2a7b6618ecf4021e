"""Effects: words of a prompt become sounds, laid over each other: `listen`, `sounding`."""

import re
from collections.abc import Callable, Mapping
from math import ceil
from typing import NamedTuple

import numpy as np

from songreel.generation.sound.band import events, textures
from songreel.models.sound_request import SoundRequest
from songreel.sound.instruments import effects
from songreel.sound.instruments.notes import Stereo
from songreel.sound.limit import limit
from songreel.sound.meter import loudness

RATE = 48_000
_CEILING = -1.3
_QUIET, _LOUD = -30.0, -18.0
"""LUFS at energy 0 and 1: a bed under pictures, not a record."""
_EDGE = 0.012

Maker = Callable[[int, int, np.random.RandomState], Stereo]


class Source(NamedTuple):
    """A kind of sound."""

    make: Maker
    level: float
    """dB beside the others."""
    words: str
    """Stems by which it is known."""


SOURCES: Mapping[str, Source] = {
    "wind": Source(textures.wind, 0, "wind breeze gust blizzard desert mountain"),
    "rain": Source(textures.rain, 0, "rain drizzle downpour"),
    "sea": Source(textures.sea, 0, "sea ocean wave beach surf shore coast"),
    "water": Source(textures.stream, 0, "water stream river creek brook fountain waterfall splash"),
    "room tone": Source(textures.room, -4, "room interior indoor kitchen hallway office quiet"),
    "street": Source(textures.street, 0, "traffic street city car road highway urban vehicle"),
    "crowd": Source(textures.crowd, -1, "crowd people voices chatter market restaurant audience"),
    "birds": Source(textures.birds, -3, "bird forest garden meadow woodland nature park morning"),
    "crickets": Source(textures.crickets, -5, "cricket insect cicada night"),
    "fire": Source(textures.fire, 0, "fire flame campfire fireplace crackl burning"),
    "engine": Source(textures.engine, -1, "engine machine motor hum generator factory spaceship"),
    "drone": Source(textures.drone, -2, "drone ominous eerie dark tension horror suspense cave"),
    "impact": Source(events.impact, 2, "impact boom slam hit explosion crash thud"),
    "whoosh": Source(events.whoosh, 2, "whoosh swoosh swish whip flyby passing sweep"),
    "footsteps": Source(events.steps, -1, "footstep walking steps running"),
    "heartbeat": Source(events.heart, 1, "heartbeat heart pulse"),
    "clock": Source(events.clock, -4, "clock tick ticking watch"),
    "thunder": Source(events.thunder, 2, "thunder storm lightning thunderstorm"),
    "riser": Source(events.riser, 0, "riser rise build uplifter"),
}
"""By name, in the order in which they are told."""

_MOST = 4
"""Sounds at a time; more is a noise."""


class Heard(NamedTuple):
    """What a prompt is made of."""

    sounds: tuple[str, ...]
    understood: bool
    """Whether any of its words is known; else it is the tone of a room."""


def listen(prompt: str, negative: str = "") -> Heard:
    """The sounds that a prompt names, in its order, without those the negative names."""
    text = re.sub(r"\b(?:no|without)\s+[a-z]+", " ", prompt.lower())
    unwanted = set(_named(negative.lower()))
    found = [name for name in _named(text) if name not in unwanted][:_MOST]
    return Heard(tuple(found) or ("room tone",), bool(found))


def _named(text: str) -> list[str]:
    at: dict[str, int] = {}
    for name, source in SOURCES.items():
        for stem in source.words.split():
            match = re.search(rf"\b{stem}(?:s|es|y|ing|ling)?\b", text)
            if match and match.start() < at.get(name, len(text) + 1):
                at[name] = match.start()
    return sorted(at, key=lambda name: (at[name], name))


def sounding(request: SoundRequest, told: Callable[[float], None] = lambda _: None) -> Stereo:
    """Make the effects of a planned request.

    Args:
        request: As planned.
        told: Told how far it is, 0 to 1; may raise to stop.

    Returns:
        Shape (2, n) at RATE, true peak under −1 dBTP, both ends at zero.
    """
    size = ceil(round(request.seconds * RATE, 3))
    out = np.zeros((2, size), np.float32)
    names = listen(request.prompt, request.negative).sounds
    for i, name in enumerate(names):
        told(i / (len(names) + 1))
        source = SOURCES[name]
        draw = np.random.RandomState((request.seed * 31 + sum(map(ord, name))) % 2**32)
        x = effects.high_pass(source.make(size, RATE, draw), 25, RATE)
        # Each sound as loud as its loudest half second, so that a blow is no quieter than a hum.
        power = np.convolve((x**2).mean(axis=0)[::48], np.ones(500) / 500, "same").max(initial=0.0)
        first = 0.0 if i == 0 else -3.0
        if power > 0:
            out += x * np.float32(10 ** ((source.level + first - 20) / 20) / power**0.5)
    told(0.8)
    level = loudness(out, RATE).integrated
    if level is not None:
        # What is quiet in the world stays quiet: a room's tone lies 12 dB under rain.
        soft = min(0.0, 3.0 * max(SOURCES[name].level for name in names))
        meant = _QUIET + (_LOUD - _QUIET) * request.energy + soft
        out *= np.float32(10 ** ((meant - level) / 20))
    edge = min(round(_EDGE * RATE), size // 2)
    ramp = np.linspace(0, 1, edge, dtype=np.float32)
    out[:, :edge] *= ramp
    out[:, size - edge :] *= ramp[::-1]
    return limit(out, RATE, _CEILING)
