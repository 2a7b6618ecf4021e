"""From a score to sound: `Studio`, which draws instruments, a mix and a master for each piece."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training import effects, fluid, kits
from training.ambience import ambience
from training.fluid import RATE, Bank
from training.guitars import Guitar
from training.kits import Hits
from training.sampled import Microphones
from training.score import KIT, Part, Score
from training.synths import KINDS as SYNTHS
from training.synths import Synth, riser
from training.tones import Tone
from training.voices import KINDS as VOICES
from training.voices import Voice

Sound = NDArray[np.float32]
LEVELS = {"drums": -18, "click": -18, "bass": -21, "guitar": -23, "piano": -22, "chords": -25,
          "pad": -29, "bowed": -22, "lead": -22, "riff": -19, "solo": -22, "clean": -24,
          "voice": -20, "rap": -19, "choir": -26, "growl": -20, "arp": -25, "stab": -22,
          "gate": -26, "sub": -20, "wobble": -19, "hook": -22, "riser": -26}  # fmt: skip
"""dB RMS of each role in the mix, before ±6 dB of chance."""


@dataclass
class Studio:
    """Sound fonts and kits, loaded when first needed."""

    fonts: dict[str, Bank] = field(default_factory=dict)
    kits: dict[str, dict[str, Sound]] = field(default_factory=dict)
    recorded: Path | None = None
    """Folder of MuldjordKit; without it bands are drummed with the other kits."""
    microphones: Microphones | None = None

    def render(self, rng: np.random.Generator, score: Score) -> tuple[Sound, tuple[str, ...]]:
        """The piece in mono at `RATE` and what its parts were played with; without parts, ambience.

        Each part gets its own sound; some parts are left out; then mix, master and codec.
        """
        if not score.parts and not score.beats.size:
            sound, word = ambience(rng, score.end)
            return self._master(rng, sound) if sound.any() else sound, (word,)
        mix = np.zeros(round(score.end * RATE), np.float32)
        font = str(rng.choice(list(fluid.FONTS)))
        made = rng.random() < 0.2
        used = []
        kicks = np.zeros(0)
        if score.pumped:
            kicks = np.array(
                [
                    n.start
                    for p in score.parts
                    if p.struck
                    for n in p.notes
                    if n.pitch == KIT["kick"]
                ]
            )
        for part in self._kept(rng, score.parts):
            sound, name = self._play(rng, part, font, made, score.end, score.manner)
            used.append(f"{part.role}: {name}")
            if part.role == "guitar" and rng.random() < 0.5:
                sound = effects.distort(rng, sound)
            if rng.random() < 0.3:
                sound = effects.equalise(rng, sound)
            if rng.random() < 0.15:
                sound = effects.compress(rng, sound)
            if rng.random() < 0.35:
                sound = effects.reverberate(rng, sound)
            if kicks.size and not part.struck:
                sound = effects.duck(rng, sound, kicks)
            if score.manner == "band" and part.struck and rng.random() < 0.6:
                sound = effects.crush(rng, sound)
            mix += effects.level(sound, LEVELS[part.role] + float(rng.uniform(-6, 6)))
        if score.manner == "club" and rng.random() < 0.2:
            mix = effects.stutter(rng, mix, score.beats)
        return self._master(rng, mix, score.manner), tuple(used)

    def _kept(self, rng: np.random.Generator, parts: tuple[Part, ...]) -> list[Part]:
        """The parts less a few: a mix without drums, without bass, or of the drums alone."""
        if not any(part.struck for part in parts):
            # A song and its piano, a quartet: what is left might not tell the beat.
            return list(parts)
        chance = rng.random()
        if chance < 0.06 and len(parts) > 1:
            kept = [part for part in parts if part.role != "drums"]
        elif chance < 0.12 and any(part.role == "drums" and len(part.notes) > 40 for part in parts):
            kept = [part for part in parts if part.role == "drums"]
        else:
            kept = [part for part in parts if part.role == "drums" or rng.random() > 0.1]
        return kept or list(parts)

    def _play(
        self,
        rng: np.random.Generator,
        part: Part,
        font: str,
        made: bool,
        end: float,
        manner: str = "",
    ) -> tuple[Sound, str]:
        role = part.role
        if not made and (role == "lead" and rng.random() < 0.4):
            role = "voice"
        elif role == "pad" and rng.random() < 0.1:
            role = "choir"
        if role in VOICES:
            voice = Voice.drawn(rng, role)
            return voice.play(part, end, rng), f"{voice.kind} voice"
        if role == "riser":
            return riser(part, end, rng), "riser"
        if role in SYNTHS:
            synth = Synth.drawn(rng, role)
            return synth.play(part, end, rng), synth.kind
        if part.role in ("riff", "solo", "clean") or (
            part.role == "bass" and manner == "band" and rng.random() < 0.7
        ):
            return Guitar.drawn(rng, part.role).play(part, end, rng), f"{part.role} guitar"
        if part.struck:
            kit = self._recorded(rng, manner)
            if kit is not None and part.role == "drums":
                return kits.strike(part, kit, end), "MuldjordKit"
            chance = rng.random()
            if part.role == "click" or chance < (0.6 if manner == "club" else 0.3):
                return kits.strike(part, kits.made_kit(rng), end), "made kit"
            if chance < 0.45:
                name = str(rng.choice(kits.OPEN_KITS))
                if name not in self.kits:
                    self.kits[name] = kits.hydrogen_kit(name)
                return kits.strike(part, self.kits[name], end), name
            program = int(rng.choice(fluid.KITS))
            return self._bank(font).play(part, program, end), f"{font} kit {program}"
        if made or rng.random() < 0.15:
            tone = Tone.drawn(rng, part.role)
            return tone.play(part, end, rng), tone.kind
        program = int(rng.choice(fluid.PROGRAMS[part.role]))
        return self._bank(font).play(part, program, end), f"{font} {program}"

    def _recorded(self, rng: np.random.Generator, manner: str) -> dict[str, Hits] | None:
        """The recorded kit, which bands are mostly drummed with and other pieces now and then."""
        if self.recorded is None or rng.random() > {"band": 0.65, "club": 0.05}.get(manner, 0.15):
            return None
        if self.microphones is None:
            self.microphones = Microphones.open(self.recorded)
        return self.microphones.mixed(rng)

    def _bank(self, font: str) -> Bank:
        if font not in self.fonts:
            self.fonts[font] = Bank(fluid.FONTS[font])
        return self.fonts[font]

    def _master(self, rng: np.random.Generator, mix: Sound, manner: str = "") -> Sound:
        loud = manner in ("band", "club")
        for chance, effect in (
            (0.5, effects.equalise),
            (0.25 if loud else 0.15, effects.reverberate),
            (0.75 if loud else 0.4, effects.compress),
            (0.75 if loud else 0.4, effects.clip),
            (0.2 if loud else 0.35, effects.noise),
        ):
            if rng.random() < chance:
                mix = effect(rng, mix)
        mix = mix / (np.abs(mix).max() + np.float32(1e-9)) * np.float32(rng.uniform(0.3, 0.98))
        if rng.random() < 0.35:
            codec = str(rng.choice(list(effects.CODECS)))
            mix = effects.recode(mix, codec, float(rng.choice(effects.CODECS[codec])))
        return mix
