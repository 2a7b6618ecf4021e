"""A rank that denoises tiny clips alone and then with the others: `python -m support.ranked`.

Started by `parallel.ranks.command`; the arguments are the folder of the tiny models, the file that
rank 0 writes (how far the rank that is farthest is from what it made alone), and how clips are
shared: `tokens`, `halves` (each takes a pass of guidance), the same with `-images`, with commas.
"""

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

ASKS = {
    # Tokens of the picture: 48 and 45 for Mochi, which 2 ranks share evenly and not.
    "tiny-mochi": [(64, 64, 13), (80, 48, 13)],
    "tiny-ltx": [(96, 64, 17)],
    "tiny-hunyuan": [(64, 64, 17)],
    "tiny-wan": [(64, 64, 17), (48, 80, 17)],
}
"""Width, height and frames of the clips that are made."""

IMAGES = {"tiny-ltx": [(96, 64, 17)], "tiny-wan-i2v": [(64, 64, 17)], "tiny-wan-5b": [(64, 64, 17)]}
"""Those that begin with an image: LTX and Wan 2.2 5B then time each token by itself."""


def main() -> None:
    import torch
    from peft import LoraConfig
    from PIL import Image

    from songreel.generation.diffusion import exact, parallel
    from songreel.generation.diffusion.book import book
    from songreel.generation.diffusion.family import Ask, Weights
    from songreel.generation.diffusion.parallel import ranks
    from songreel.generation.diffusion.placement import Placement

    group = ranks.join()
    torch.manual_seed(group.index)  # nothing may hang on what the ranks draw by themselves
    placement = Placement(name="context", devices=("cpu",) * group.size, split="context")
    found = {}

    def tell(name: str, sizes: list[tuple[int, int, int]], way: str, image: Any) -> None:
        family = book().find(name).family()
        if way == "tokens":  # no halves for the passes of guidance
            left = family.recipe.abilities - {"guidance-split"}
            family.recipe = family.recipe.model_copy(update={"abilities": left})
        pipe = family.load(Weights(Path(sys.argv[1]) / name), "released")
        pipe.set_progress_bar_config(disable=True)
        exact.speed_up(pipe, family)

        def latents(size):
            width, height, frames = size
            ask = Ask(
                "a fox", "blurry", width, height, frames, Fraction(16), 3, 4.0, seed=7, start=image
            )
            with torch.inference_mode():
                return family.denoise(pipe, family.encode(pipe, ask), ask, lambda *_: None)

        bare = [latents(size) for size in sizes]
        torch.manual_seed(0)
        for denoiser in family.denoisers(pipe):
            for weights in denoiser.parameters():
                # Read from a mapped file they lie at any address, and MKL sums by alignment.
                weights.data = weights.data.clone()
            targets = ["to_q", "to_k", "to_v", "to_out.0"]
            denoiser.add_adapter(LoraConfig(r=2, init_lora_weights=False, target_modules=targets))
        alone = [latents(size) for size in sizes]
        parallel.split(pipe, family, placement)
        for size, one, before in zip(sizes, alone, bare, strict=True):
            together = latents(size)
            off = int((together - one).abs().max().item() * 1e9)
            begun = " with an image" if image is not None else ""
            found[f"{way} {name} {'x'.join(map(str, size))}{begun}"] = {
                "off": group.most(off) / 1e9,
                "largest": one.abs().max().item(),
                "lora": (before - one).abs().max().item(),
            }

    for way in sys.argv[3].split(","):
        asks = IMAGES if way.endswith("-images") else ASKS
        image = Image.linear_gradient("L").convert("RGB") if asks is IMAGES else None
        for name, sizes in asks.items():
            if way.startswith("tokens") or name != "tiny-hunyuan":
                tell(name, sizes, way.removesuffix("-images"), image)
    stop = group.any(group.index == 1), group.any(False)
    shared = group.share({"from": group.index})
    if group.leads:
        found["talk"] = {"any": stop, "shared": shared}
        Path(sys.argv[2]).write_text(json.dumps(found))
    group.leave()


if __name__ == "__main__":
    main()
