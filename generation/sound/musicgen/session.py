"""A MusicGen in memory, and what it makes: `Session`. Imports torch; for workers alone."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from songreel.generation.diffusion.libraries import need
from songreel.generation.diffusion.peaks import Peaks
from songreel.generation.diffusion.session import out_of_memory
from songreel.generation.diffusion.stopping import Watch
from songreel.generation.sound.musicgen import weights
from songreel.generation.sound.musicgen.book import Model
from songreel.generation.sound.musicgen.codes import Lengths, lengths
from songreel.generation.sound.musicgen.fit import Post
from songreel.generation.sound.musicgen.recipe import HOP, RATE, Recipe
from songreel.generation.sound.musicgen.wire import Ask
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.local import Effort
from songreel.sound import pcm

_CODING = 0.02
"""Seconds of decoding for one of writing, as long as nothing is measured: for the time left."""
_OFTEN = 0.2
"""Seconds between two words on how far a piece is."""


class Session:
    """One model on one device.

    Args:
        model: Which.
        post: Where it goes.
        cache: The workspace's folder for what is dear to find out.
        tell: Takes notices.
    """

    def __init__(self, model: Model, post: Post, cache: Path | None, tell: Any) -> None:
        self.model, self.post = model, post
        self._cache, self._tell = cache, tell
        self._network: Any = None
        self._words: Any = None

    @property
    def loaded(self) -> bool:
        """Whether the weights are in memory."""
        return self._network is not None

    @property
    def device(self) -> str:
        """Where it works, for people: `cuda:0 (NVIDIA H200)`."""
        if self.post.device.startswith("cuda"):
            import torch

            return f"{self.post.device} ({torch.cuda.get_device_name(self.post.device)})"
        return self.post.device

    def make(self, ask: Ask, path: Path, watch: Watch) -> Effort:
        """Write the music to `path`: a WAV of 32-bit floats at `RATE`.

        Raises:
            InvalidInput: The weights, or the sound to go on from, cannot be read.
            MachineError: There is no room for it.
            Stopped: It is not wanted any more.
        """
        try:
            return self._make(ask, path, watch)
        except Exception as error:
            if not out_of_memory(error):
                raise
            raise MachineError(
                f"{self.model.key} needs more memory than {self.device} has free "
                f"({self.post.need / 1e9:.1f} GB were thought to do); close what takes it, or "
                "choose a smaller model"
            ) from error

    def _make(self, ask: Ask, path: Path, watch: Watch) -> Effort:
        import torch

        peaks, took = Peaks((self.post.device,)), {}
        peaks.reset()
        clock = time.perf_counter()

        def lap(stage: str) -> None:
            nonlocal clock
            if self.post.device.startswith("cuda"):
                torch.cuda.synchronize(self.post.device)
            took[stage] = time.perf_counter() - clock
            clock += took[stage]

        if not self.loaded:
            self._load(watch)
            lap("load")
        watch.check()
        recipe = self.model.recipe
        heard = np.zeros((recipe.channels, 0), np.float32)
        if ask.heard is not None:
            heard = pcm.read(ask.heard, rate=RATE, channels=recipe.channels).samples
        plan = lengths(heard.shape[1], ask.seconds)
        if ask.heard is not None and not plan.heard:
            raise InvalidInput(
                f"{ask.heard} is too short to go on from: {heard.shape[1]} samples, a frame of "
                f"{self.model.key} has {HOP}"
            )
        with torch.inference_mode():
            prompt = self._encoded(heard[:, plan.over :]) if plan.heard else None
            lap("encode")
            torch.manual_seed(ask.seed)
            tick = _Tick(plan.steps, watch)
            samples = self._generated(ask, plan, prompt, tick)
        took["generate"], took["decode"] = tick.spent, time.perf_counter() - clock - tick.spent
        pcm.write_wav(path, np.concatenate([heard[:, : plan.over], samples], axis=1), RATE)
        return Effort(
            device=self.device, placement=self.post.dtype, steps=plan.steps,
            seconds={stage: max(0.0, spent) for stage, spent in took.items()},
            memory_peak=peaks.bytes(),
        )  # fmt: skip

    def _load(self, watch: Watch) -> None:
        """Have the files, and read them into memory.

        Raises:
            InvalidInput: They are not those of a MusicGen, or not all of them.
        """
        for library in ("torch", "transformers"):
            need(library)

        def fetched(done: int, of: int) -> None:
            watch.check()
            watch.tell(f"fetching {done / 1e9:.2f} of {of / 1e9:.2f} GB", 0.0, None)

        folder = weights.find(self.model, self._cache, fetched, self._tell)
        watch.check()
        watch.tell("loading", 0.0, None)
        self._network = network(folder, self.model.recipe, self.post)
        from transformers import AutoTokenizer

        self._words = AutoTokenizer.from_pretrained(folder, local_files_only=True)

    def _encoded(self, heard: pcm.Samples) -> Any:
        """Tokens of `heard`, whole frames of it: (codebooks, frames), channels in turn."""
        import torch

        codec = self._network.audio_encoder
        # A channel at a time, as the codec knows one; the codebooks of stereo take turns.
        sides = [
            codec.encode(torch.from_numpy(each.copy())[None, None].to(codec.device)).audio_codes
            for each in heard
        ]
        if len(sides[0]) != 1:
            raise InvalidInput(f"{self.model.key}: its codec cuts sound into chunks")
        return torch.stack([side[0, 0] for side in sides], 1).flatten(0, 1)

    def _generated(self, ask: Ask, plan: Lengths, prompt: Any, tick: "_Tick") -> pcm.Samples:
        """Samples of what is heard, coded and decoded again, and of what follows: (channels, n)."""
        import torch
        from transformers import StoppingCriteriaList

        model, drawing = self._network, ask.drawing
        device = torch.device(self.post.device)
        words = self._words(ask.prompt, return_tensors="pt").to(device)
        none = model.decoder.config.vocab_size
        given: dict[str, Any] = {
            "input_ids": words.input_ids, "attention_mask": words.attention_mask,
            "max_new_tokens": plan.steps, "guidance_scale": drawing.guidance_scale,
            "do_sample": drawing.do_sample, "pad_token_id": none, "bos_token_id": none,
            "decoder_start_token_id": none, "return_dict_in_generate": False,
        }  # fmt: skip
        if drawing.do_sample:
            given |= {
                "temperature": drawing.temperature, "top_k": drawing.top_k,
                "top_p": drawing.top_p or 1.0,
            }  # fmt: skip
        if prompt is not None:
            given["decoder_input_ids"] = prompt
        if self.model.recipe.kind == "musicgen_melody":
            # No melody to follow, said as `generate` itself would, but in the network's own type.
            chroma = torch.zeros((1, 1, model.config.num_chroma), device=device, dtype=_type(model))
            chroma[..., 0] = 1
            given["input_features"] = chroma
        made = model.generate(**given, stopping_criteria=StoppingCriteriaList([tick]))
        samples: pcm.Samples = made[0].float().cpu().numpy()
        if samples.shape != (self.model.recipe.channels, plan.samples - plan.over):
            raise MachineError(
                f"{self.model.key} made sound of shape {samples.shape}, not "
                f"{(self.model.recipe.channels, plan.samples - plan.over)}: another version of "
                "transformers may help"
            )
        return samples


class _Tick:
    """Called after each step of `generate`: tells how far it is, and stops it."""

    def __init__(self, steps: int, watch: Watch) -> None:
        self._steps, self._watch, self._done = steps, watch, 0
        self._begun = self._first = self._told = time.perf_counter()
        self.spent = 0.0
        """Seconds so far."""

    def __call__(self, input_ids: Any, _scores: Any, **_more: Any) -> Any:
        import torch

        now = time.perf_counter()
        self._done += 1
        self.spent = now - self._begun
        if self._done == 1:  # it reads all that is heard as well
            self._first = now
        self._watch.check()
        if now - self._told > _OFTEN or self._done == self._steps:
            self._told = now
            left = None
            if self._done > 1:
                each = (now - self._first) / (self._done - 1)
                left = each * (self._steps - self._done + _CODING * self._steps)
            share = self._done / self._steps / (1 + _CODING)
            self._watch.tell(f"token {self._done} of {self._steps}", share, left)
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)


def network(folder: Path, recipe: Recipe, post: Post) -> Any:
    """The networks in `folder`, on their device.

    The codec and the reader of words stay in float32, as the makers run them; what writes tokens,
    nine tenths of the weights and all of the time, is loaded in the post's type.

    Raises:
        InvalidInput: They are not those of such a model, or not all of them.
    """
    import torch
    import transformers

    kind: Any = {
        "musicgen": transformers.MusicgenForConditionalGeneration,
        "musicgen_melody": transformers.MusicgenMelodyForConditionalGeneration,
    }[recipe.kind]
    mixed: Any = type(kind.__name__, (kind,), {"_keep_in_fp32_modules_strict": list(_EXACT)})
    try:
        model, said = mixed.from_pretrained(
            folder, dtype=getattr(torch, post.dtype), local_files_only=True, use_safetensors=True,
            output_loading_info=True,
        )  # fmt: skip
    except MemoryError:
        raise
    except Exception as error:
        if out_of_memory(error):
            raise
        line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InvalidInput(f"{folder} cannot be loaded as a MusicGen: {line[:200]}") from error
    if lacking := sorted(said["missing_keys"]):
        more = f" and {len(lacking) - 2} more" if len(lacking) > 2 else ""
        raise InvalidInput(
            f"{folder} is no whole MusicGen: its weights lack {', '.join(lacking[:2])}{more}"
        )
    if model.decoder.config.audio_channels != recipe.channels:
        raise InvalidInput(
            f"{folder} makes sound of {model.decoder.config.audio_channels} channels, not "
            f"{recipe.channels}: it is no tuning of that model"
        )
    return ready(model, post)


def ready(model: Any, post: Post) -> Any:
    """A network on its device and in its type, which what reads the words hands on to it."""
    import torch

    dtype = getattr(torch, post.dtype)
    for name, part in model.named_children():
        part.to(device=post.device, dtype=torch.float32 if name in _EXACT else dtype)
    model.text_encoder.register_forward_hook(_as(dtype))
    return model.eval()


_EXACT = ("text_encoder", "audio_encoder")


def _type(model: Any) -> Any:
    """In which the network that writes works."""
    return next(model.decoder.parameters()).dtype


def _as(dtype: Any) -> Any:
    """A hook that gives on what was read in `dtype`."""

    def hook(_module: Any, _given: Any, found: Any) -> Any:
        found.last_hidden_state = found.last_hidden_state.to(dtype)
        return found

    return hook
