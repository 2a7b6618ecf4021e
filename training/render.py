"""From a score to sound: `Studio`, which draws instruments, a mix and a master for each piece."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from training import effects, fluid, kits
from training.fluid import RATE, Bank
from training.score import KIT, Part, Score
from training.tones import Tone

Sound = NDArray[np.float32]
LEVELS = {"drums": -18, "click": -18, "bass": -21, "guitar": -23, "piano": -22, "chords": -25,
          "pad": -29, "lead": -22}  # fmt: skip
"""dB RMS of each role in the mix, before ±6 dB of chance."""


@dataclass
class Studio:
    """Sound fonts and kits, loaded when first needed."""

    fonts: dict[str, Bank] = field(default_factory=dict)
    kits: dict[str, dict[str, Sound]] = field(default_factory=dict)

    def render(self, rng: np.random.Generator, score: Score) -> tuple[Sound, tuple[str, ...]]:
        """The piece in mono at `RATE`, and what its parts were played with.

        Each part gets its own sound; some parts are left out; then mix, master and codec.
        """
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
            sound, name = self._play(rng, part, font, made, score.end)
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
            mix += effects.level(sound, LEVELS[part.role] + float(rng.uniform(-6, 6)))
        return self._master(rng, mix), tuple(used)

    def _kept(self, rng: np.random.Generator, parts: tuple[Part, ...]) -> list[Part]:
        """The parts less a few: a mix without drums, without bass, or of the drums alone."""
        chance = rng.random()
        if chance < 0.06 and len(parts) > 1:
            kept = [part for part in parts if part.role != "drums"]
        elif chance < 0.12 and any(part.role == "drums" and len(part.notes) > 40 for part in parts):
            kept = [part for part in parts if part.role == "drums"]
        else:
            kept = [part for part in parts if part.role == "drums" or rng.random() > 0.1]
        return kept or list(parts)

    def _play(
        self, rng: np.random.Generator, part: Part, font: str, made: bool, end: float
    ) -> tuple[Sound, str]:
        if part.struck:
            chance = rng.random()
            if part.role == "click" or chance < 0.3:
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

    def _bank(self, font: str) -> Bank:
        if font not in self.fonts:
            self.fonts[font] = Bank(fluid.FONTS[font])
        return self.fonts[font]

    def _master(self, rng: np.random.Generator, mix: Sound) -> Sound:
        for chance, effect in (
            (0.5, effects.equalise),
            (0.15, effects.reverberate),
            (0.4, effects.compress),
            (0.4, effects.clip),
            (0.35, effects.noise),
        ):
            if rng.random() < chance:
                mix = effect(rng, mix)
        mix = mix / (np.abs(mix).max() + np.float32(1e-9)) * np.float32(rng.uniform(0.3, 0.98))
        if rng.random() < 0.35:
            codec = str(rng.choice(list(effects.CODECS)))
            mix = effects.recode(mix, codec, float(rng.choice(effects.CODECS[codec])))
        return mix
