"""General MIDI instruments through FluidSynth's library: `Bank`.

Driven note by note and not through a MIDI file: each note starts within 64 samples (1.5 ms) of
its time. Debian's packages libfluidsynth3 and the sound fonts of `FONTS` are needed.
"""

import ctypes
import ctypes.util
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.score import Part

RATE = 44_100
FONTS = {
    "fluid-soundfont-gm": Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    "fluidr3mono-gm-soundfont": Path("/usr/share/sounds/sf3/FluidR3Mono_GM.sf3"),
    "musescore-general-soundfont": Path("/usr/share/sounds/sf3/MuseScore_General_Full.sf3"),
}
"""Debian package and file of each font, all three under the MIT licence. Fonts in Debian under
the GPL (timgm6mb, sf_GMbank) or a share-alike licence (opl3, avldrums) are left out."""
PROGRAMS = {
    "bass": (32, 33, 34, 35, 36, 37, 38, 39),
    "guitar": (24, 25, 26, 27, 28, 29, 30),
    "chords": (0, 4, 5, 16, 17, 18, 61, 62, 63, 80, 81, 90, 21, 11),
    "piano": (0, 1, 2, 4, 5, 6, 46, 24),
    "bowed": (40, 40, 41, 42, 48, 44, 68, 71, 73),
    "pad": (48, 49, 50, 51, 52, 88, 89, 91, 92, 94, 95, 16, 19),
    "lead": (0, 11, 12, 22, 24, 26, 29, 40, 42, 52, 53, 54, 56, 57, 60, 64, 65, 66, 68, 71, 73,
             75, 80, 81, 82, 84, 85, 87),
}  # fmt: skip
"""General MIDI programs, from 0, that may play each role."""
KITS = (0, 8, 16, 24, 25, 32, 40)
"""Programs of bank 128: standard, room, power, electronic, analogue, jazz, brush."""
CLICKS = (0,)


class Bank:
    """A sound font, loaded once."""

    def __init__(self, path: Path) -> None:
        found = ctypes.util.find_library("fluidsynth")
        if found is None or not path.exists():
            raise FileNotFoundError(
                f"{path} or the library of FluidSynth is missing: apt-get install fluidsynth "
                + " ".join(FONTS)
            )
        self.library = library = ctypes.CDLL(found)
        for name in ("new_fluid_settings", "new_fluid_synth"):
            getattr(library, name).restype = ctypes.c_void_p
        self.settings = ctypes.c_void_p(library.new_fluid_settings())
        library.fluid_settings_setnum.argtypes = (
            ctypes.c_void_p,
            ctypes.c_char_p,
            ctypes.c_double,
        )
        for option, number in ((b"synth.sample-rate", RATE), (b"synth.gain", 0.4)):
            library.fluid_settings_setnum(self.settings, option, number)
        for option, value in (
            (b"synth.reverb.active", 0),
            (b"synth.chorus.active", 0),
            (b"synth.dynamic-sample-loading", 1),
            (b"synth.polyphony", 128),
        ):
            library.fluid_settings_setint(self.settings, option, value)
        self.synth = ctypes.c_void_p(library.new_fluid_synth(self.settings))
        if library.fluid_synth_sfload(self.synth, str(path).encode(), 1) < 0:
            raise ValueError(f"{path} is no sound font that FluidSynth reads")

    def play(self, part: Part, program: int, end: float) -> NDArray[np.float32]:
        """The part in mono, shape (end × RATE,)."""
        library, synth = self.library, self.synth
        channel = 9 if part.struck else 0
        library.fluid_synth_system_reset(synth)
        library.fluid_synth_program_change(synth, channel, program)
        # At equal times ends come before beginnings, so that a repeated note sounds again.
        events = sorted(
            event
            for note in part.notes
            for event in (
                (note.start, 1, note.pitch, max(1, round(127 * note.velocity))),
                (note.start + note.length, 0, note.pitch, 0),
            )
        )
        total = round(end * RATE)
        sides = np.zeros((2, total), np.float32)
        done = 0
        for time, begins, pitch, velocity in events:
            at = min(round(time * RATE), total)
            self._write(sides, done, at)
            done = max(done, at)
            if begins:
                library.fluid_synth_noteon(synth, channel, pitch, velocity)
            else:
                library.fluid_synth_noteoff(synth, channel, pitch)
        self._write(sides, done, total)
        library.fluid_synth_system_reset(synth)
        return np.asarray(sides.mean(axis=0))

    def _write(self, sides: NDArray[np.float32], first: int, stop: int) -> None:
        if stop <= first:
            return
        left, right = (
            side[first:].ctypes.data_as(ctypes.POINTER(ctypes.c_float)) for side in sides
        )
        self.library.fluid_synth_write_float(self.synth, stop - first, left, 0, 1, right, 0, 1)
