"""The mix: who plays on which sound, through which channel, in which room; and the master."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from songreel.demo import band, risers, sounds, tunes
from songreel.demo.drums import hits
from songreel.demo.score import (
    BREAK,
    BUILD,
    CHORUS,
    CHORUS_2,
    CLOCK,
    END,
    OUTRO,
    SILENCE,
    duration,
)
from songreel.demo.sounds import Channel
from songreel.sound.instruments import effects
from songreel.sound.instruments.kit import strike_all
from songreel.sound.instruments.notes import Hit, Note, Stereo
from songreel.sound.instruments.struck import strike
from songreel.sound.instruments.synth import Patch, play

CEILING = -1.3
"""dBTP the limiter holds: 0.3 dB under the −1 that EBU R128 allows, for dither and codecs."""
DRIVE = -1.2
"""dB into the limiter."""


class Desk:
    """The mixing desk: buses that instruments are added to."""

    def __init__(self, rate: int, size: int) -> None:
        self.rate, self.size = rate, size
        self.rides = _rides(sounds.MUSIC_RIDES, size, rate)
        self.drums, self.low, self.music, self.plate, self.hall, self.echo = (
            np.zeros((2, size), np.float32) for _ in range(6)
        )

    def add(self, x: Stereo, channel: Channel, held: Stereo) -> None:
        """Put an instrument through its channel; `held` is the ducking, shape (1, size)."""
        x = effects.high_pass(x, channel.cut, self.rate)
        x *= effects.decibels(channel.level) * self.rides * (1 - channel.duck * held)
        if channel.wide != 1.0:
            x = effects.width(x, channel.wide)
        self.music += x
        for bus, send in (
            (self.plate, channel.plate), (self.hall, channel.hall), (self.echo, channel.echo),
        ):  # fmt: skip
            if send:
                bus += send * x


def _rides(levels: dict[int, float], size: int, rate: int) -> NDArray[np.float32]:
    """Factors that change within a hundredth of a beat at the given bars. Shape (size,)."""
    points: list[tuple[float, float]] = []
    for bar, db in levels.items():
        points += [(bar * 4 - 0.02, points[-1][1] if points else effects.decibels(db)),
                   (bar * 4 - 0.01, effects.decibels(db))]  # fmt: skip
    return effects.automation(points, size, rate, CLOCK)


def _depth(beat: float) -> float:
    """How hard a kick at `beat` ducks the rest: the choruses pump."""
    bar = beat / 4
    if CHORUS <= bar < BREAK or CHORUS_2 <= bar < OUTRO:
        return 1.0
    return 0.7 if BUILD <= bar < CHORUS else 0.4


def _drums(desk: Desk, strokes: list[Hit]) -> None:
    rate, size = desk.rate, desk.size
    rides = _rides(sounds.DRUM_RIDES, size, rate)
    loud = {drum: effects.decibels(level) for drum, level in sounds.DRUM_LEVELS.items()}
    for drum in sounds.DRUM_LEVELS:
        x = strike_all(strokes, drum, size, rate, CLOCK) * loud[drum]
        if drum == "roll":  # rises in pitch and brightness by losing its body
            hz = effects.automation(
                [(BUILD * 4, 90), (CHORUS * 4 - 1, 420), (CHORUS * 4, 90), (BREAK * 4, 90),
                 (CHORUS_2 * 4 - 1, 300), (CHORUS_2 * 4, 90)], size, rate, CLOCK,
            )  # fmt: skip
            x = effects.swept_high_pass(x, hz, rate)
        x *= rides
        desk.drums += x
        if drum in sounds.PLATE_DRUMS:
            desk.plate += sounds.PLATE_DRUMS[drum] * x
        if drum in ("clap", "rim", "crash"):
            desk.hall += 0.08 * x


def _low(desk: Desk, held: Stereo) -> None:
    """The bass: a sine for the floor, saws for the grain; mono below 200 Hz."""
    rate, size = desk.rate, desk.size
    notes = band.bass()
    floor = play(notes, sounds.SUB, size, rate, 1, CLOCK)
    floor = effects.low_pass(floor, 140, rate) * effects.decibels(-9.0)
    grain = play(notes, sounds.BASS, size, rate, 2, CLOCK)
    grain = effects.high_pass(np.tanh(1.6 * grain).astype(np.float32), 95, rate)
    grain = effects.bell(grain, 260, -2.0, 0.9, rate) * effects.decibels(-10.0)
    desk.low += (floor + grain) * (1 - 0.85 * held) * _rides(sounds.LOW_RIDES, size, rate)


def _tones(notes: list[Note], patch: Patch, desk: Desk, seed: int) -> Stereo:
    return play(notes, patch, desk.size, desk.rate, seed, CLOCK)


def mix(rate: int) -> Stereo:
    """Play and mix the whole song. Shape (2, n), peaks near `CEILING`."""
    size = round(duration() * rate)
    desk = Desk(rate, size)
    strokes = hits()
    kicks = [(h.beat, _depth(h.beat) * min(1.0, h.velocity + 0.1)) for h in strokes
             if h.drum == "kick"]  # fmt: skip
    held = effects.duck(size, rate, kicks, 0.65, CLOCK)
    _drums(desk, strokes)
    _low(desk, held)
    c = sounds.CHANNELS
    desk.add(_tones(band.pad(), sounds.PAD, desk, 3), c["pad"], held)
    desk.add(_tones(band.stabs(), sounds.STAB, desk, 4), c["stabs"], held)
    desk.add(_tones(band.arpeggio(), sounds.ARP, desk, 5), c["arp"], held)
    desk.add(_tones(tunes.lead(), sounds.LEAD, desk, 6), c["lead"], held)
    desk.add(_tones(tunes.second_lead(), sounds.SECOND, desk, 7), c["second"], held)
    desk.add(strike(tunes.keys(), sounds.EPIANO, size, rate, CLOCK), c["epiano"], held)
    desk.add(strike(band.piano(), sounds.EPIANO, size, rate, CLOCK), c["comp"], held)
    desk.add(strike(tunes.bells(), sounds.BELL, size, rate, CLOCK), c["bells"], held)
    choir = effects.sing(_tones(band.choir(), sounds.CHOIR, desk, 8), rate)
    desk.add(choir, c["choir"], held)
    # Played twice, a little apart: left and right hold a take each.
    left, right = (_tones(band.muted(), sounds.MUTED, desk, seed) for seed in (9, 10))
    takes = np.stack((left[0] + 0.35 * right[0], 0.35 * left[1] + right[1]))
    desk.add(takes.astype(np.float32), c["muted"], held)
    desk.add(risers.noise(rate, size), Channel(0.0, 300, hall=0.15), held)
    desk.add(risers.siren(rate, size), Channel(-22.0, 300, hall=0.2), held)
    return _master(desk, held)


def _master(desk: Desk, held: Stereo) -> Stereo:
    rate, size = desk.rate, desk.size
    echoes = effects.echo(
        effects.high_pass(desk.echo, 350, rate), rate, lag=CLOCK.span(0.75), feedback=0.55, hz=4200
    )
    desk.hall += 0.15 * echoes
    rooms = effects.room(
        effects.high_pass(desk.plate, 250, rate), rate, decay=1.1, wait=0.012, bright=9000, seed=21
    )
    rooms += effects.room(
        effects.high_pass(desk.hall, 250, rate), rate, decay=2.8, wait=0.028, bright=7000, seed=22
    )
    music = desk.music + (echoes + rooms) * (1 - 0.35 * held)
    # Bars before the first chorus: the floor falls away under the build.
    hz = effects.automation(
        [(BUILD * 4, 25), (BUILD * 4 + 8, 60), (SILENCE[0], 420), (SILENCE[0] + 0.1, 25)],
        size, rate, CLOCK,
    )  # fmt: skip
    music = effects.swept_high_pass(music, hz, rate)
    drums = effects.compress(desk.drums, rate, threshold=-12, ratio=2.0, attack=0.015, release=0.09)
    bus = drums + desk.low + music
    # The beat of silence, rooms and all; and the last seconds.
    gate = effects.automation(
        [(SILENCE[0], 1), (SILENCE[0] + 0.12, 0), (SILENCE[1] - 0.02, 0), (SILENCE[1] - 0.004, 1),
         (END * 4, 1), (END * 4 + 5.5, 0)], size, rate, CLOCK,
    )  # fmt: skip
    bus *= gate * gate
    bus = effects.compress(bus, rate, threshold=-13, ratio=1.5, attack=0.03, release=0.2)
    bus = effects.high_pass(bus, 27, rate)
    bus = effects.shelf(bus, 2800, 3.2, rate)
    # Nothing below 120 Hz is wide.
    side = sosfilt(butter(2, 120, "highpass", fs=rate, output="sos"), (bus[0] - bus[1]) / 2)
    middle = (bus[0] + bus[1]) / 2
    bus = np.stack((middle + side, middle - side)).astype(np.float32)
    return effects.limit(bus * np.float32(effects.decibels(DRIVE)), rate, ceiling=CEILING)
