"""Notes played by FluidSynth from General MIDI sound fonts: `fonts`, `played`."""

import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from corpus.drums import RATE, Wave
from corpus.groove import Note, is_stroke
from corpus.mix import PEAK

FOLDERS = (Path("/usr/share/sounds/sf2"), Path("/usr/share/sounds/sf3"))
NAMES = ("TimGM6mb.sf2", "sf_GMbank.sf2", "OPL-3_FM_128M.sf2", "FluidR3_GM.sf2")
"""Of Debian's timgm6mb-soundfont, opl3-soundfont, fluid-soundfont-gm: those that no beat network
of ours was trained with come first."""
TICKS = 960
"""A second: the MIDI file says 960 ticks a beat at 60 BPM."""
KEYS = {"kick": 36, "snare": 38, "hat": 42, "open": 46, "ride": 51, "crash": 49, "rim": 37,
        "clap": 39, "shaker": 70, "tom": 45, "cowbell": 56, "conga": 63, "tambourine": 54,
        "foot": 44, "sweep": 82, "click": 75, "block": 76}  # fmt: skip
PROGRAMS = {"bass": 33, "sub": 38, "piano": 0, "epiano": 4, "organ": 16, "guitar": 25, "drive": 30,
            "strings": 48, "pad": 89, "lead": 81, "pluck": 45, "flute": 73, "brass": 61,
            "choir": 52, "saw": 81}  # fmt: skip
"""General MIDI drum keys and programs (from 0) of the corpus's strokes and voices."""
KITS = {"room": 8, "tight": 0, "deep": 25, "club": 24, "brush": 40, "dusty": 0, "heavy": 16}
"""General MIDI 2 drum programs of the corpus's kits."""


def fonts() -> list[Path]:
    """The sound fonts of `NAMES` that are installed; none without FluidSynth."""
    if shutil.which("fluidsynth") is None:
        return []
    found = (folder / name for name in NAMES for folder in FOLDERS)
    return [path for path in found if path.exists()]


def played(notes: list[Note], end: float, font: Path, *, kit: str = "room") -> Wave:
    """The notes in mono, shape (end × RATE,), peak 0.7. Times are right to 3 ms.

    Raises:
        CalledProcessError: FluidSynth failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = Path(folder) / "notes.mid", Path(folder) / "notes.wav"
        midi.write_bytes(_midi(notes, end, kit))
        command = ["fluidsynth", "-ni", "-q", "-r", str(RATE), "-F", str(wav), "-T", "wav",
                   "-O", "float", "-g", "0.4", "-o", "synth.chorus.active=0",
                   "-o", "synth.dynamic-sample-loading=1", str(font), str(midi)]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
        sides, _ = soundfile.read(wav, dtype="float32", always_2d=True)
    mono = sides.mean(axis=1)[: round(end * RATE)]
    out = np.zeros(round(end * RATE), np.float32)
    out[: mono.size] = mono
    return np.asarray(out * np.float32(PEAK / (float(np.abs(out).max()) or 1.0)))


def _midi(notes: list[Note], end: float, kit: str) -> bytes:
    """A MIDI file of one track."""
    voices = sorted({note.voice for note in notes if not is_stroke(note.voice)})
    channels = {voice: i + (i >= 9) for i, voice in enumerate(voices)}
    events: list[tuple[int, int, bytes]] = [(0, 0, bytes((0xC9, KITS[kit])))]
    events += [(0, 0, bytes((0xC0 | channels[voice], PROGRAMS[voice]))) for voice in voices]
    for note in notes:
        drum = is_stroke(note.voice)
        channel = 9 if drum else channels[note.voice]
        # A distorted guitar plays the fifth too, as the corpus's own does.
        pitches = (KEYS[note.voice],) if drum else (note.pitch,)
        if note.voice == "drive":
            pitches = (note.pitch, note.pitch + 7)
        start = round(note.time * TICKS)
        stop = max(start + 1, round((note.time + note.length) * TICKS))
        loud = int(np.clip(round(110 * note.velocity), 1, 127))
        for pitch in pitches:
            # At equal times ends come before beginnings, so that a repeated note sounds again.
            events.append((start, 2, bytes((0x90 | channel, pitch, loud))))
            events.append((stop, 1, bytes((0x80 | channel, pitch, 0))))
    events.append((round(end * TICKS), 3, bytes((0xFF, 0x2F, 0))))
    track, now = b"\xff\x51\x03" + (1_000_000).to_bytes(3, "big"), 0
    track = b"\x00" + track
    for tick, _, message in sorted(events):
        track += _variable(tick - now) + message
        now = tick
    header = b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS)
    return header + b"MTrk" + struct.pack(">I", len(track)) + track


def _variable(value: int) -> bytes:
    """A MIDI variable-length number."""
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))
