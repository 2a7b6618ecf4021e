"""Which models of sound there are: `REPLICATE_SOUNDS` and `FAL_SOUNDS`, by name.

As in `offers`, written down apart from songreel's catalogue: from replicate/cog-musicgen and
zsxkib/cog-mmaudio (`predict.py` of both) and fal's types, read 2026-11-21.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from support.cloud.menu import (
    IMAGE,
    L40S,
    NEEDED,
    PROMPT,
    SEED,
    Input,
    Model,
    Values,
    flag,
    number,
    pick,
    text,
    whole,
)
from support.cloud.tones import Made, Tone, effects, music, seconds_heard

A100 = Decimal("0.0014")
"""USD a second of Replicate's hardware."""

Files = Mapping[str, bytes]
"""What was uploaded, by input."""


def _musicgen(values: Values, files: Files, seed: int) -> Made:
    return music(
        duration=values["duration"], seed=seed, prompt=values["prompt"] or "",
        heard=files.get("input_audio"), strategy=values["normalization_strategy"],
        stereo="stereo" in values["model_version"],
    )  # fmt: skip


def _musicgen_breaks(values: Values, files: Files) -> str:
    """What `predict` raises."""
    heard = files.get("input_audio")
    if values["continuation"] and heard is None:
        return "Must provide `input_audio` if continuation is `True`."
    if heard is not None and not values["continuation"] and "melody" not in values["model_version"]:
        return "`stereo-large` and `large` model does not support melody input."
    if "stereo" in values["model_version"] and values["multi_band_diffusion"]:
        return "Multi-Band Diffusion is only available with non-stereo models."
    if heard is not None and values["duration"] < seconds_heard(heard):
        return "Prompt is longer than audio to generate"
    return ""


def _mmaudio(video: str) -> Any:
    def make(values: Values, files: Files, seed: int) -> Made:
        return effects(
            duration=values["duration"], seed=seed, prompt=values["prompt"] or "",
            seen=files.get(video), wav=video == "",
        )  # fmt: skip

    return make


def _lasting(values: Values) -> Tone:
    return Tone(Fraction(values["duration"]))


REPLICATE_SOUNDS = {
    model.ref: model
    for model in (
        Model(
            "meta/musicgen",
            {
                "model_version": pick(
                    "stereo-melody-large", "stereo-melody-large", "stereo-large", "melody-large",
                    "large",
                ),
                "prompt": text(), "input_audio": IMAGE, "duration": whole(8),
                "continuation": flag(False), "continuation_start": whole(0, 0),
                "continuation_end": whole(None, 0), "multi_band_diffusion": flag(False),
                "normalization_strategy": pick("loudness", "loudness", "clip", "peak", "rms"),
                "top_k": whole(250), "top_p": Input("number", 0.0),
                "temperature": Input("number", 1.0), "classifier_free_guidance": whole(3),
                "output_format": pick("wav", "wav", "mp3"), "seed": SEED,
            },
            form=_lasting, usd=lambda v, _: (4 + Decimal(v["duration"]) * 2) * A100,
            official=False, gpu=A100, sound=_musicgen, breaks=_musicgen_breaks,
            version="671ac645ce5e552cc63a54a2bbff63fcf798043055d2dac5fc9e36a837eedcfb",
        ),
        Model(
            "zsxkib/mmaudio",
            {
                "prompt": text(default=""), "negative_prompt": text(default="music"),
                "video": IMAGE, "duration": Input("number", 8.0, low=1),
                "num_steps": whole(25), "cfg_strength": Input("number", 4.5, low=1),
                "seed": whole(None, -1), "image": IMAGE,
            },
            form=_lasting, usd=lambda v, _: (2 + Decimal(str(v["duration"])) / 4) * L40S,
            official=False, gpu=L40S, sound=_mmaudio("video"),
            version="62871fb59889b2d7c13777f08deb3b36bdff88f7e1d53a50ad7694548a41b484",
        ),
    )
}  # fmt: skip


def _fal(path: str, **more: Input) -> Model:
    return Model(
        f"fal-ai/mmaudio-v2{path}",
        {
            "prompt": PROMPT, "negative_prompt": text(default=""),
            "seed": whole(None, 0, 65535), "num_steps": whole(25, 4, 50),
            "duration": number(8, 1, 30), "cfg_strength": number(4.5, 0, 20),
            "mask_away_clip": flag(False), **more,
        },
        form=_lasting, usd=lambda v, _: Decimal(str(v["duration"])) * Decimal("0.001"),
        sound=_mmaudio("" if path else "video_url"),
    )  # fmt: skip


FAL_SOUNDS = {model.ref: model for model in (_fal("", video_url=NEEDED), _fal("/text-to-audio"))}
