"""CLAP: words for a song from a model that was trained on sound and text together: `Clap`.

Zero-shot: the song is compared with sentences, and the words of the nearest are its tags (Wu et
al., "Large-scale contrastive language-audio pretraining with feature fusion and keyword-to-caption
augmentation", ICASSP 2023).
"""

from importlib.util import find_spec

import numpy as np
import soxr
from numpy.typing import NDArray

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.models.errors import MachineError
from songreel.models.music import Tag

MODEL = "laion/clap-htsat-unfused"
"""Weights under Apache-2.0, 0.6 GB, as its model card says (read 2026-11-21)."""
_RATE = 48_000
"""Hz that the model hears at."""
_CLIP = 10.0
"""Seconds the model hears at once; a longer piece it would cut at random."""
_MOST_CLIPS = 8
"""Clips over the song: a mood for each part, and a few seconds of work on a processor."""
_SILENT = 1e-4
"""Greatest sample of a clip with nothing to hear: −80 dBFS."""
MOODS = (
    "happy", "joyful", "exciting", "energetic", "intense", "tense", "fierce", "anxious",
    "dark", "sad", "melancholy", "dreamy", "calm", "peaceful", "tender", "warm",
)  # fmt: skip
"""Around the circumplex of affect (see `songreel.analysis.mood`)."""
GENRES = (
    "pop", "rock", "metal", "punk", "electronic", "techno", "house", "ambient", "hip hop", "jazz",
    "blues", "soul", "funk", "reggae", "folk", "country", "classical", "film score",
)  # fmt: skip
_SENTENCES = ((MOODS, "This music is {}.", 4), (GENRES, "This is {} music.", 3))
"""Words, the sentence each is put in, and how many are kept."""


class Clap:
    """The optional tagger `clap`; needs the extra of that name."""

    name = "clap"
    install = "pip install 'songreel[clap]'"

    def __init__(self, model: str = MODEL) -> None:
        """`model` is a name on the model hub, or a folder with such a model."""
        self._model = model

    def available(self) -> bool:
        """Whether torch and transformers can be imported."""
        return all(find_spec(module) is not None for module in ("torch", "transformers"))

    def tag(self, mono: NDArray[np.float32]) -> tuple[Tag, ...]:
        """The likeliest moods and genres; scores are probabilities among those offered."""
        clips = _clips(mono)
        if not clips:
            return ()
        tags = []
        for (words, _, kept), chances in zip(_SENTENCES, self._chances(clips), strict=True):
            for i in np.argsort(-chances, kind="stable")[:kept]:
                score = round(float(chances[i]), 4)
                tags.append(Tag(word=words[i], score=score, source=f"clap {self._model}"))
        return tuple(sorted(tags, key=lambda tag: -tag.score))

    def _chances(self, clips: list[NDArray[np.float32]]) -> list[NDArray[np.float64]]:
        """Probability of each word of each group, averaged over the clips."""
        import torch
        from transformers import ClapModel, ClapProcessor

        try:
            model = ClapModel.from_pretrained(self._model).eval()
            processor = ClapProcessor.from_pretrained(self._model)
        except (OSError, ValueError) as error:
            raise MachineError(
                f"the tagger clap cannot load its weights {self._model} "
                f"({str(error).strip().splitlines()[0]}); go online once so that they are "
                f"fetched, or leave the tagger out"
            ) from error
        heard = processor.feature_extractor(clips, sampling_rate=_RATE, return_tensors="pt")
        found = []
        for words, sentence, _ in _SENTENCES:
            said = processor.tokenizer(
                [sentence.format(word) for word in words], padding=True, return_tensors="pt"
            )
            with torch.inference_mode():
                likeness = model(**said, **heard).logits_per_audio
            chances = likeness.double().softmax(dim=-1).mean(dim=0)
            found.append(np.asarray(chances.numpy(), dtype=np.float64))
        return found


def _clips(mono: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Up to `_MOST_CLIPS` sounding stretches of ten seconds, evenly over the song, at 48 kHz."""
    length = round(_CLIP * ANALYSIS_RATE)
    count = max(1, min(_MOST_CLIPS, mono.size // length))
    starts = np.linspace(0, max(0, mono.size - length), count).astype(int)
    parts = [mono[start : start + length] for start in starts]
    whole = round(_CLIP * _RATE)
    return [
        soxr.resample(part, ANALYSIS_RATE, _RATE)[:whole]
        for part in parts
        if part.size and float(np.abs(part).max()) > _SILENT
    ]
