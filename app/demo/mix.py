"""The mix: who plays on which sound, how loud, in which room; and the master."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from songreel.demo import band, effects, tunes
from songreel.demo.drums import hits
from songreel.demo.kit import KIT, strike_all
from songreel.demo.score import (
    BREAK,
    BUILD,
    CHORUS,
    CHORUS_2,
    END,
    INTRO,
    OUTRO,
    SILENCE,
    VERSE,
    Hit,
    Note,
    duration,
    seconds,
)
from songreel.demo.synth import Patch, Stereo, Struck, play, strike

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

DRUM_RIDES = {INTRO: -3.0, VERSE: -2.0, BUILD: -2.0, CHORUS: 1.0, BREAK: -2.5, CHORUS_2: 1.2,
              OUTRO: -4.0}  # fmt: skip
LOW_RIDES = {INTRO: -3.0, VERSE: -2.5, BUILD: -2.5, CHORUS: 0.0, BREAK: -5.0, CHORUS_2: 0.0,
             OUTRO: -5.0}  # fmt: skip
MUSIC_RIDES = {INTRO: -0.5, VERSE: -0.5, BUILD: -0.5, CHORUS: 0.0, BREAK: -2.5, CHORUS_2: 0.0,
               OUTRO: -0.5}  # fmt: skip
"""dB by the bar they hold from: the form is heard in loudness too."""

CEILING = -1.3
"""dBTP the limiter holds: 0.3 dB under the −1 that EBU R128 allows, for dither and codecs."""
DRIVE = -1.2
"""dB into the limiter."""


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
    "stabs": Channel(-14.5, 170, duck=0.75, plate=0.12, hall=0.06),
    "arp": Channel(-12.5, 260, duck=0.5, plate=0.1, echo=0.3, wide=1.3),
    "lead": Channel(-10.5, 220, duck=0.18, plate=0.12, hall=0.08, echo=0.22),
    "second": Channel(-14.5, 240, duck=0.2, plate=0.14, hall=0.08, echo=0.12),
    "epiano": Channel(-7.0, 160, duck=0.2, plate=0.14, echo=0.16),
    "comp": Channel(-13.0, 180, duck=0.3, plate=0.12, wide=1.4),
    "choir": Channel(-8.0, 350, duck=0.5, hall=0.35),
    "muted": Channel(-7.0, 140, duck=0.3, plate=0.12, echo=0.06),
    "bells": Channel(-12.5, 300, duck=0.2, hall=0.3, echo=0.35),
}


def decibels(db: float) -> float:
    """Factor of a level in dB."""
    return float(10 ** (db / 20))


class Desk:
    """The mixing desk: buses that instruments are added to."""

    def __init__(self, rate: int, size: int) -> None:
        self.rate, self.size = rate, size
        self.rides = _rides(MUSIC_RIDES, size, rate)
        self.drums, self.low, self.music, self.plate, self.hall, self.echo = (
            np.zeros((2, size), np.float32) for _ in range(6)
        )

    def add(self, x: Stereo, channel: Channel, held: Stereo) -> None:
        """Put an instrument through its channel; `held` is the ducking, shape (1, size)."""
        x = effects.high_pass(x, channel.cut, self.rate)
        x *= decibels(channel.level) * self.rides * (1 - channel.duck * held)
        if channel.wide != 1.0:
            x = effects.width(x, channel.wide)
        self.music += x
        for bus, send in (
            (self.plate, channel.plate), (self.hall, channel.hall), (self.echo, channel.echo),
        ):  # fmt: skip
            if send:
                bus += send * x


def _automation(points: list[tuple[float, float]], size: int, rate: int) -> NDArray[np.float32]:
    """A curve through (beat, value), straight between. Shape (size,)."""
    at = [seconds(beat) * rate for beat, _ in points]
    return np.interp(np.arange(size), at, [value for _, value in points]).astype(np.float32)


def _rides(levels: dict[int, float], size: int, rate: int) -> NDArray[np.float32]:
    """Factors that change within a hundredth of a beat at the given bars. Shape (size,)."""
    points: list[tuple[float, float]] = []
    for bar, db in levels.items():
        points += [(bar * 4 - 0.02, points[-1][1] if points else decibels(db)),
                   (bar * 4 - 0.01, decibels(db))]  # fmt: skip
    return _automation(points, size, rate)


def _depth(beat: float) -> float:
    """How hard a kick at `beat` ducks the rest: the choruses pump."""
    bar = beat / 4
    if CHORUS <= bar < BREAK or CHORUS_2 <= bar < OUTRO:
        return 1.0
    return 0.7 if BUILD <= bar < CHORUS else 0.4


def _noise_effects(rate: int, size: int) -> Stereo:
    """Risers into both choruses, falls out of them, and breaths before the verse and break."""
    draw = np.random.RandomState(7)
    noise = draw.standard_normal((2, size)).astype(np.float32) * 0.2
    noise[1] = 0.5 * noise[0] + 0.87 * noise[1]
    level = np.zeros(size, np.float32)
    hz = np.full(size, 400.0, np.float32)
    for first, last, peak, low, high in (
        (BUILD * 4.0, SILENCE[0], 0.55, 350, 7500),
        (BREAK * 4.0 + 6, CHORUS_2 * 4.0 - 0.25, 0.42, 350, 7000),
        (VERSE * 4.0 - 4, VERSE * 4.0, 0.22, 500, 5000),
        (OUTRO * 4.0 - 3, OUTRO * 4.0, 0.2, 500, 5000),
    ):
        a, b = round(seconds(first) * rate), round(seconds(last) * rate)
        t = np.linspace(0, 1, b - a)
        level[a:b] += peak * t**2.2 * np.minimum((1 - t) * (b - a) / (0.02 * rate), 1)
        hz[a:b] = low * (high / low) ** t
    for beat, peak, length in (
        (CHORUS * 4.0, 0.4, 5), (CHORUS_2 * 4.0, 0.4, 5), (BREAK * 4.0, 0.3, 6),
        (BUILD * 4.0, 0.2, 4),
    ):  # fmt: skip
        a, b = round(seconds(beat) * rate), round(seconds(beat + length) * rate)
        t = np.linspace(0, 1, b - a)
        level[a:b] += peak * (1 - t) ** 2 * np.minimum(t * (b - a) / (0.003 * rate), 1)
        hz[a:b] = 6500 * (300 / 6500) ** t
    return np.asarray(effects.swept_band(noise, hz, 0.9, rate) * level)


def _siren(rate: int, size: int) -> Stereo:
    """A tone that climbs an octave under the noise of the build, from A to the silence."""
    a, b = round(seconds(BUILD * 4 + 8) * rate), round(seconds(SILENCE[0]) * rate)
    t = np.linspace(0, 1, b - a)
    out = np.zeros((2, size), np.float32)
    for side, detune in ((0, 0.997), (1, 1.003)):
        pitch = 220.0 * detune * 2.0 ** (2 * t**1.5)
        turn = 2 * np.pi * np.cumsum(pitch) / rate
        tone = sum(np.sin(k * turn) / k**1.3 for k in range(1, 7))
        out[side, a:b] = tone * t**2 * np.minimum((1 - t) * (b - a) / (0.015 * rate), 1)
    return out


def _drums(desk: Desk, strokes: list[Hit]) -> None:
    rate, size = desk.rate, desk.size
    rides = _rides(DRUM_RIDES, size, rate)
    loud = {drum: decibels(level) for drum, level in DRUM_LEVELS.items()}
    for drum in KIT:
        x = strike_all(strokes, drum, size, rate) * loud[drum]
        if drum == "roll":  # rises in pitch and brightness by losing its body
            hz = _automation(
                [(BUILD * 4, 90), (CHORUS * 4 - 1, 420), (CHORUS * 4, 90), (BREAK * 4, 90),
                 (CHORUS_2 * 4 - 1, 300), (CHORUS_2 * 4, 90)], size, rate,
            )  # fmt: skip
            x = effects.swept_high_pass(x, hz, rate)
        x *= rides
        desk.drums += x
        if drum in PLATE_DRUMS:
            desk.plate += PLATE_DRUMS[drum] * x
        if drum in ("clap", "rim", "crash"):
            desk.hall += 0.08 * x


def _low(desk: Desk, held: Stereo) -> None:
    """The bass: a sine for the floor, saws for the grain; mono below 200 Hz."""
    rate, size = desk.rate, desk.size
    notes = band.bass()
    floor = play(notes, SUB, size, rate, 1)
    floor = effects.low_pass(floor, 140, rate) * decibels(-9.0)
    grain = play(notes, BASS, size, rate, 2)
    grain = effects.high_pass(np.tanh(1.6 * grain).astype(np.float32), 95, rate)
    grain = effects.bell(grain, 260, -2.0, 0.9, rate) * decibels(-10.0)
    desk.low += (floor + grain) * (1 - 0.85 * held) * _rides(LOW_RIDES, size, rate)


def _tones(notes: list[Note], patch: Patch, desk: Desk, seed: int) -> Stereo:
    return play(notes, patch, desk.size, desk.rate, seed)


def mix(rate: int) -> Stereo:
    """Play and mix the whole song. Shape (2, n), peaks near `CEILING`."""
    size = round(duration() * rate)
    desk = Desk(rate, size)
    strokes = hits()
    kicks = [(h.beat, _depth(h.beat) * min(1.0, h.velocity + 0.1)) for h in strokes
             if h.drum == "kick"]  # fmt: skip
    held = effects.duck(size, rate, kicks, 0.65)
    _drums(desk, strokes)
    _low(desk, held)
    c = CHANNELS
    desk.add(_tones(band.pad(), PAD, desk, 3), c["pad"], held)
    desk.add(_tones(band.stabs(), STAB, desk, 4), c["stabs"], held)
    desk.add(_tones(band.arpeggio(), ARP, desk, 5), c["arp"], held)
    desk.add(_tones(tunes.lead(), LEAD, desk, 6), c["lead"], held)
    desk.add(_tones(tunes.second_lead(), SECOND, desk, 7), c["second"], held)
    desk.add(strike(tunes.keys(), EPIANO, size, rate), c["epiano"], held)
    desk.add(strike(band.piano(), EPIANO, size, rate), c["comp"], held)
    desk.add(strike(tunes.bells(), BELL, size, rate), c["bells"], held)
    choir = effects.sing(_tones(band.choir(), CHOIR, desk, 8), rate)
    desk.add(choir, c["choir"], held)
    # Played twice, a little apart: left and right hold a take each.
    left, right = (_tones(band.muted(), MUTED, desk, seed) for seed in (9, 10))
    takes = np.stack((left[0] + 0.35 * right[0], 0.35 * left[1] + right[1]))
    desk.add(takes.astype(np.float32), c["muted"], held)
    desk.add(_noise_effects(rate, size), Channel(0.0, 300, hall=0.15), held)
    desk.add(_siren(rate, size), Channel(-22.0, 300, hall=0.2), held)
    return _master(desk, held)


def _master(desk: Desk, held: Stereo) -> Stereo:
    rate, size = desk.rate, desk.size
    echoes = effects.echo(
        effects.high_pass(desk.echo, 350, rate), rate, beats=0.75, feedback=0.55, hz=4200
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
    hz = _automation(
        [(BUILD * 4, 25), (BUILD * 4 + 8, 60), (SILENCE[0], 420), (SILENCE[0] + 0.1, 25)],
        size, rate,
    )  # fmt: skip
    music = effects.swept_high_pass(music, hz, rate)
    drums = effects.compress(desk.drums, rate, threshold=-12, ratio=2.0, attack=0.015, release=0.09)
    bus = drums + desk.low + music
    # The beat of silence, rooms and all; and the last seconds.
    gate = _automation(
        [(SILENCE[0], 1), (SILENCE[0] + 0.12, 0), (SILENCE[1] - 0.02, 0), (SILENCE[1] - 0.004, 1),
         (END * 4, 1), (END * 4 + 5.5, 0)], size, rate,
    )  # fmt: skip
    bus *= gate * gate
    bus = effects.compress(bus, rate, threshold=-13, ratio=1.5, attack=0.03, release=0.2)
    bus = effects.high_pass(bus, 27, rate)
    bus = effects.shelf(bus, 2800, 2.5, rate)
    # Nothing below 120 Hz is wide.
    side = sosfilt(butter(2, 120, "highpass", fs=rate, output="sos"), (bus[0] - bus[1]) / 2)
    middle = (bus[0] + bus[1]) / 2
    bus = np.stack((middle + side, middle - side)).astype(np.float32)
    return effects.limit(bus * np.float32(decibels(DRIVE)), rate, ceiling=CEILING)
