"""The desk: levels, rooms, ducking, and the master."""

from collections.abc import Callable

import numpy as np
from scipy.signal import butter, sosfilt

from songreel.generation.sound.band.ensemble import Performance
from songreel.generation.sound.band.piece import Piece
from songreel.generation.sound.band.voices import Voice, sound
from songreel.sound.instruments import effects
from songreel.sound.instruments.kit import strike_all
from songreel.sound.instruments.notes import Clock, Hit, Note, Stereo

_LEVELS = {"pad": -6.0, "keys": -1.0, "theme": 1.5, "arp": -7.5, "bass": -4.5, "lead": 2.0,
           "counter": -3.0}  # fmt: skip
"""dB by role, over instruments that are equally loud."""
_DUCKED = {"pad": 1.0, "keys": 0.6, "arp": 0.6, "bass": 0.9, "lead": 0.2, "theme": 0.4,
           "counter": 0.6}  # fmt: skip
"""Share of the style's ducking that a role gets."""
_DRUMS = {
    "kick": -16.0, "snare": -16.0, "clap": -18.0, "rim": -19.0, "hat": -20.5, "open": -24.5,
    "shaker": -18.5, "ride": -23.0, "crash": -22.0, "tom_high": -18.5, "tom_mid": -17.5,
    "tom_low": -16.5, "taiko": -17.0, "swell": -20.0,
}  # fmt: skip
"""dB."""
_PLATE = {"snare": 0.16, "clap": 0.22, "rim": 0.3, "tom_high": 0.2, "tom_mid": 0.2,
          "tom_low": 0.18, "crash": 0.15, "shaker": 0.1, "taiko": 0.2, "swell": 0.2}  # fmt: skip
_FADE = 0.12
"""Seconds over which tones that began before the new sound come in under what rings on."""


class Desk:
    """Buses that everybody is added to.

    Args:
        piece: What is played.
        size: Samples, `before` included.
        before: Samples before the new sound.
        rate: Samples a second.
        clock: When beats fall.
    """

    def __init__(self, piece: Piece, size: int, before: int, rate: int, clock: Clock) -> None:
        self._piece, self._size, self._before = piece, size, before
        self._rate, self._clock = rate, clock
        self._drums, self._low, self._music, self._plate, self._hall, self._echo = (
            np.zeros((2, size), np.float32) for _ in range(6)
        )
        self._held = np.zeros((1, size), np.float32)

    def mix(self, played: Performance, told: Callable[[float], None]) -> Stereo:
        """Play everything and mix it; shape (2, size − before). `told` hears of each player."""
        self._strike(played.hits)
        for i, (role, notes) in enumerate(sorted(played.notes.items())):
            told(i / (len(played.notes) + 1))
            self._add(role, notes, 31 + i)
        told(1.0)
        return self._master()[:, self._before :]

    def _strike(self, hits: list[Hit]) -> None:
        piece, rate = self._piece, self._rate
        inside = [h for h in hits if self._before <= self._sample(h.beat) < self._size]
        if piece.style.duck:
            depth = piece.style.duck * min(1.0, 0.4 + piece.energy)
            kicks = [(h.beat, depth * h.velocity) for h in inside if h.drum == "kick"]
            self._held = effects.duck(self._size, rate, kicks, 0.6, self._clock)
        # A kit that is played softly is duller too.
        for drum in sorted({h.drum for h in inside}):
            x = strike_all(inside, drum, self._size, rate, self._clock)
            out = piece.style.kick if drum == "kick" else 0.0
            x *= np.float32(effects.decibels(_DRUMS[drum] + 2.0 + out))
            self._drums += x
            if drum in _PLATE:
                self._plate += np.float32(_PLATE[drum]) * x
            if drum in ("taiko", "crash", "swell", "tom_low"):
                self._hall += np.float32(0.22 * piece.style.hall) * x
        if piece.style.name == "lo-fi":
            self._drums = effects.low_pass(self._drums, 6500, rate)

    def _add(self, role: str, notes: list[Note], seed: int) -> None:
        piece, rate = self._piece, self._rate
        voice = piece.voice("keys" if role == "theme" else role)
        x = self._heard(voice, notes, seed)
        x = effects.high_pass(x, voice.cut if role != "pad" else max(voice.cut, 150), rate)
        level = _LEVELS[role] + voice.trim + self._ride(role)
        duck = piece.style.duck and _DUCKED[role]
        x *= np.float32(effects.decibels(level)) * (1 - np.float32(duck) * self._held)
        if role == "bass":
            self._low += x
        else:
            self._music += x
        hall = voice.hall * piece.style.hall
        for bus, send in (
            (self._plate, voice.plate), (self._hall, hall), (self._echo, voice.echo),
        ):  # fmt: skip
            if send:
                bus += np.float32(send) * x

    def _heard(self, voice: Voice, notes: list[Note], seed: int) -> Stereo:
        """New notes from their onsets on; old ones as far as they last into the new sound."""
        new = [n for n in notes if self._before <= self._sample(n.beat) < self._size]
        x = sound(voice, new, self._size, self._rate, self._clock, seed)
        edge = self._before / self._rate + 0.15
        old = [
            n for n in notes
            if 0 <= self._sample(n.beat) < self._before
            and self._clock.seconds(n.beat + n.beats) > edge
        ]  # fmt: skip
        if old:
            ring = sound(voice, old, self._size, self._rate, self._clock, seed)
            fade = round(_FADE * self._rate)
            ring[:, : self._before] = 0
            into = ring[:, self._before : self._before + fade]
            into *= np.sin(np.linspace(0, np.pi / 2, fade))[: into.shape[1]].astype(np.float32)
            x += ring
        return x

    def _sample(self, beat: float) -> int:
        return round(self._clock.seconds(beat) * self._rate)

    def _ride(self, role: str) -> float:
        """dB: who has just come in stays back; the accompaniment makes room for a lead."""
        piece = self._piece
        entry = piece.style.entry("keys" if role == "theme" else role)
        fresh = -4.0 * max(0.0, 1 - (piece.energy - entry) / 0.2) if entry > 0 else 0.0
        room = -2.5 if role == "keys" and piece.plays("lead") else 0.0
        return fresh + room

    def _master(self) -> Stereo:
        piece, rate = self._piece, self._rate
        echoes = effects.echo(
            effects.high_pass(self._echo, 350, rate), rate,
            lag=self._clock.span(0.75 if piece.metre.beats % 3 else 1.0), feedback=0.5, hz=4000,
        )  # fmt: skip
        self._hall += np.float32(0.15) * echoes
        bright = 6500 * 2 ** (0.3 * piece.bright)
        rooms = effects.room(
            effects.high_pass(self._plate, 250, rate), rate,
            decay=1.1, wait=0.012, bright=9000, seed=21,
        )  # fmt: skip
        rooms += effects.room(
            effects.high_pass(self._hall, 220, rate), rate,
            decay=2.6, wait=0.026, bright=float(np.clip(round(bright, -2), 4000, 12000)), seed=22,
        )  # fmt: skip
        music = self._music + (echoes + rooms) * (1 - np.float32(0.35) * self._held)
        drums = effects.compress(
            self._drums, rate, threshold=-20, ratio=2.0, attack=0.015, release=0.09
        )
        bus = drums + self._low + music
        bus = effects.compress(bus, rate, threshold=-20, ratio=1.5, attack=0.03, release=0.2)
        bus = effects.high_pass(bus, 32, rate)
        bus = effects.shelf(bus, 2200, 1.5 + 5.5 * piece.energy, rate)
        # Nothing below 120 Hz is wide.
        side = sosfilt(butter(2, 120, "highpass", fs=rate, output="sos"), (bus[0] - bus[1]) / 2)
        middle = (bus[0] + bus[1]) / 2
        return np.stack((middle + side, middle - side)).astype(np.float32)
