"""`Moment`: one frame's time, music and camera, all smooth but for the hits."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, exp, pi, sin
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import ease
from songreel.generation.visuals.stage import Stage
from songreel.models.music import Curve, Hits
from songreel.models.spectrum import Spectrum
from songreel.models.storyboard import CameraMove
from songreel.models.timebase import frame_at, frame_time

Values = NDArray[np.float64]

_DECAY = {"kick": 0.22, "snare": 0.17, "hat": 0.12, "melody": 0.30}
"""Seconds in which a hit falls to 1/e: lower bands ring longer."""

_PULSE_GAP = 0.35
"""Seconds between pulses: WCAG 2.3.1 allows three flashes in any second."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a scene needs to know of one frame."""

    index: int
    """Frame of the clip, from 0."""
    t: float
    """Seconds from the clip's start."""
    u: float
    """Share of the clip, 0 at its first frame to 1 at its last."""
    energy: float
    """Intensity of the music here, 0 to 1, slow. The plan's energy where there is no music."""
    brightness: float
    """Brightness of the sound, 0 to 1."""
    bass: float
    """Level of the bass, 0 to 1."""
    kick: float
    """1 (times the hit's strength) on the frame of a hit, then dying away. For shapes, motion and
    small lights; likewise `snare` and `hat`."""
    snare: float
    hat: float
    melody: float
    """Likewise for notes of the leading voice or instrument, which are heard less surely than
    drums: for what glows or swells a little, never for a cut."""
    pulse: float
    """Kicks and snares, never more than three a second: for light over the whole picture."""
    beat: float
    """Phase from one beat (0) to the next (1); a slow breath where there are no beats. Above
    171 BPM it counts every second beat, for what passes by on it would flash."""
    bar: float
    """Phase of the bar, likewise."""
    build: float
    """How far a build has risen, 0 to 1."""
    flow: float
    """Scene time, in seconds at a middling tempo: it runs faster with energy, motion and on hits,
    and never jumps or turns back. Its start depends on the seed."""
    song: float
    """Place in the song, 0 to 1."""
    cam_x: float
    """Where the lens points, in scene coordinates, right positive: shift the whole picture by
    −cam_x (pan, orbit, handheld)."""
    cam_y: float
    """Likewise, up positive (tilt)."""
    truck: float
    """Where the camera stands, right positive: near things shift by −truck, far ones less (track,
    orbit)."""
    lift: float
    """Height of the camera, up positive (crane), likewise."""
    zoom: float
    """Magnification, the shot's size included; 1 is about medium-wide."""
    roll: float
    """Radians the camera has turned about its axis, clockwise positive."""
    forward: float
    """How far the camera has come nearer, in scene units; negative when it draws back."""
    spectrum: NDArray[np.float32]
    """Level of each band of the spectrum, bass first, 0 to 1, shape (bands,); of one band, the
    energy, where the song's spectrum is not known."""


class _Camera(NamedTuple):
    cam_x: float = 0.0
    cam_y: float = 0.0
    truck: float = 0.0
    lift: float = 0.0
    zoom: float = 1.0
    roll: float = 0.0
    forward: float = 0.0


class Moments(Sequence[Moment]):
    """The moments of every frame of `stage`'s clip."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        drive = stage.request.drive
        rate = stage.request.rate
        count = stage.frames
        self._t = np.array([frame_time(i, rate) for i in range(count)])
        u = self._t / max(stage.seconds, 1e-9)
        swell = 0.04 * np.sin(2 * pi * (self._t / 7.0 + stage.random(1).random()))
        planned = np.clip(stage.energy + swell, 0.0, 1.0)
        if drive is None:
            self._energy, self._brightness = planned, np.full(count, 0.3 + 0.4 * stage.energy)
            self._bass = planned * 0.7
            self._kick = self._snare = self._hat = self._pulse = np.zeros(count)
            self._melody = np.zeros(count)
            self._beats: tuple[float, ...] = ()
            self._bars: tuple[float, ...] = ()
            self._build = np.zeros(count)
            self._song = 0.5 * np.ones(count)
        else:
            # The plan speaks for the shot, the curve for the moment.
            self._energy = 0.5 * (planned + _smooth(drive.energy, self._t))
            self._brightness = _smooth(drive.brightness, self._t)
            self._bass = _smooth(drive.bass, self._t)
            self._kick = self._envelope(drive.kick, _DECAY["kick"])
            self._snare = self._envelope(drive.snare, _DECAY["snare"])
            self._hat = self._envelope(drive.hat, _DECAY["hat"])
            self._melody = self._envelope(drive.melody, _DECAY["melody"])
            self._pulse = self._envelope(_thinned(drive.kick, drive.snare), _DECAY["kick"])
            self._beats, self._bars = _calm(drive.beats), _calm(drive.downbeats)
            self._build = drive.build[0] + (drive.build[1] - drive.build[0]) * u
            self._song = drive.song_start + (drive.song_end - drive.song_start) * u
        speed = (0.25 + 0.9 * stage.motion) * (0.45 + 1.1 * self._energy) * (1 + 0.6 * self._build)
        speed = speed * (1.0 + 1.2 * self._kick * (0.3 + 0.7 * stage.motion))
        self._spectrum = self._energy.astype(np.float32)[:, None]
        if drive is not None and drive.spectrum is not None:
            self._spectrum = _levels(drive.spectrum, self._t)
        start = 40.0 + 200.0 * float(stage.random(2).random())
        self._flow = start + np.concatenate([[0.0], np.cumsum(speed[1:])]) / stage.rate

    def __len__(self) -> int:
        return self._stage.frames

    def __getitem__(self, index: int) -> Moment:  # type: ignore[override]
        """Moment of frame `index`."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        t = float(self._t[index])
        u = index / max(len(self) - 1, 1)
        camera = _camera(self._stage, t, u)
        return Moment(
            index=index,
            t=t,
            u=u,
            energy=float(self._energy[index]),
            brightness=float(self._brightness[index]),
            bass=float(self._bass[index]),
            kick=float(self._kick[index]),
            snare=float(self._snare[index]),
            hat=float(self._hat[index]),
            melody=float(self._melody[index]),
            pulse=float(self._pulse[index]),
            beat=_phase(self._beats, t, 1.0),
            bar=_phase(self._bars, t, 4.0),
            build=float(self._build[index]),
            flow=float(self._flow[index]),
            song=float(self._song[index]),
            **camera._asdict(),
            spectrum=self._spectrum[index],
        )

    def _envelope(self, hits: Hits, decay: float) -> Values:
        """Strength on the frame that is on screen at the hit, then an exponential fall."""
        struck = np.zeros(len(self))
        for time, strength in zip(hits.times, hits.strengths, strict=True):
            # A drive's times are rounded to a microsecond: a hit on a frame's edge stays there.
            frame = frame_at(time + 1e-6, self._stage.request.rate)
            if frame < len(self):
                struck[frame] = max(struck[frame], strength)
        keep = exp(-1.0 / (self._stage.rate * decay))
        value = 0.0
        for i in range(len(self)):
            value = struck[i] = max(value * keep, struck[i])
        return struck


def _smooth(curve: Curve, times: Values) -> Values:
    """`curve` at `times`, as the mean over a quarter of a second, held within 0 to 1."""
    offsets = np.linspace(-0.125, 0.125, 5)
    at = (times[:, None] + offsets) * curve.rate
    values = np.interp(at, np.arange(len(curve.values)), curve.array).mean(axis=1)
    held: Values = np.clip(values, 0.0, 1.0)
    return held


def _levels(spectrum: Spectrum, times: Values) -> NDArray[np.float32]:
    """The bands at `times`, shape (frames, bands): exact when they rise, slower when they fall.

    A meter's ballistics: what rises is shown at once, what falls takes a fifth of a second.
    """
    at, bands = times * spectrum.rate, spectrum.array
    rows = np.arange(len(bands))
    levels = np.stack([np.interp(at, rows, band) for band in bands.T], axis=1)
    keep = exp(-(times[1] - times[0]) / 0.2) if len(times) > 1 else 0.0
    for i in range(1, len(levels)):
        levels[i] = np.maximum(levels[i], levels[i - 1] * keep)
    return np.clip(levels, 0.0, 1.0).astype(np.float32)


def _thinned(*bands: Hits) -> Hits:
    """The strongest hits of all bands that are at least `_PULSE_GAP` apart."""
    hits = [hit for band in bands for hit in zip(band.times, band.strengths, strict=True)]
    kept: list[tuple[float, float]] = []
    for time, strength in sorted(hits, key=lambda hit: (-hit[1], hit[0])):
        if all(abs(time - other) >= _PULSE_GAP for other, _ in kept):
            kept.append((time, strength))
    kept.sort()
    return Hits(times=tuple(t for t, _ in kept), strengths=tuple(s for _, s in kept))


def _calm(times: tuple[float, ...]) -> tuple[float, ...]:
    """Every first, second or fourth of `times`, so that they come no faster than pulses may."""
    while len(times) > 2 and times[-1] - times[0] < (len(times) - 1) * _PULSE_GAP:
        times = times[::2]
    return times


def _phase(times: tuple[float, ...], t: float, idle: float) -> float:
    """Phase of `t` between two of `times`, carried on beyond the ends; a cycle of `idle` s."""
    if len(times) < 2:
        return (t - (times[0] if times else 0.0)) / idle % 1.0
    i = min(max(bisect_right(times, t) - 1, 0), len(times) - 2)
    return (t - times[i]) / (times[i + 1] - times[i]) % 1.0


def _camera(stage: Stage, t: float, u: float) -> _Camera:
    """Where the camera is at `t` seconds, `u` of the clip.

    A move covers ground with time and levels off in long shots, and passes its middle at the
    middle of the clip, so that the frame is composed where the eye has settled.
    """
    reach = (1.0 - exp(-stage.seconds / 4.0)) * (0.55 + 0.75 * stage.motion)
    s = (ease(u) - 0.5) * reach
    zoom = stage.framing
    match stage.camera:
        case CameraMove.STATIC:
            return _Camera(zoom=zoom)
        case CameraMove.PUSH_IN:
            return _Camera(zoom=zoom * exp(0.45 * s), forward=1.6 * s)
        case CameraMove.PULL_OUT:
            return _Camera(zoom=zoom * exp(-0.45 * s), forward=-1.6 * s)
        case CameraMove.PAN_LEFT | CameraMove.PAN_RIGHT:
            side = 1.0 if stage.camera is CameraMove.PAN_RIGHT else -1.0
            return _Camera(zoom=zoom, cam_x=side * 0.9 * s)
        case CameraMove.TILT_UP | CameraMove.TILT_DOWN:
            up = 1.0 if stage.camera is CameraMove.TILT_UP else -1.0
            return _Camera(zoom=zoom, cam_y=up * 0.5 * s)
        case CameraMove.TRACK_LEFT | CameraMove.TRACK_RIGHT:
            side = 1.0 if stage.camera is CameraMove.TRACK_RIGHT else -1.0
            return _Camera(zoom=zoom, truck=side * 1.2 * s)
        case CameraMove.CRANE_UP | CameraMove.CRANE_DOWN:
            up = 1.0 if stage.camera is CameraMove.CRANE_UP else -1.0
            return _Camera(zoom=zoom, lift=up * 0.8 * s, cam_y=-up * 0.1 * s)
        case CameraMove.ORBIT:
            # Round the subject: the camera goes one way and looks the other.
            return _Camera(zoom=zoom, truck=1.0 * s, cam_x=-0.35 * s, roll=0.06 * s)
        case CameraMove.ROLL:
            return _Camera(zoom=zoom * 1.08, roll=0.5 * s)
    # Handheld: sums of slow sines of unrelated periods, as breath and step are.
    a, b, c = (float(p) * 2 * pi for p in stage.random(3).random(3))
    hand = 0.4 + 0.6 * stage.motion
    return _Camera(
        zoom=zoom * 1.03,
        cam_x=hand * (0.030 * sin(2.3 * t + a) + 0.012 * sin(5.9 * t + b)),
        cam_y=hand * (0.024 * sin(2.9 * t + b) + 0.010 * cos(6.7 * t + c)),
        truck=hand * 0.05 * sin(1.3 * t + c),
        roll=hand * (0.010 * sin(1.9 * t + c) + 0.004 * sin(5.1 * t + a)),
    )
