"""What is known of ComfyUI's nodes: what they save, what frames and sizes they take.

Read in ComfyUI 0.3.64 (commit a125cd8, 2025-10-11; `nodes.py`, `comfy_extras/nodes_*.py`) and, for
`VHS_VideoCombine`, in ComfyUI-VideoHelperSuite (`videohelpersuite/nodes.py`), on 2026-11-21. A node
that is not here works all the same: what it would have told is then said in `comfyui.toml`.
"""

from fractions import Fraction
from typing import Literal, NamedTuple

from songreel.generation.catalogue.entry import Dialect

Kind = Literal["video", "animation", "pictures"]
"""A video file, an animated picture, or a row of pictures; in the order in which they are wanted:
only a video carries its rate, and animated pictures round it to whole milliseconds."""


class Saver(NamedTuple):
    """A node that leaves files which the server hands out."""

    kind: Kind
    rate: str = ""
    """Its input with the frames a second; empty where it has none."""
    source: str = ""
    """Its input with the node that has them instead."""


SAVERS = {
    "SaveVideo": Saver("video", source="video"),
    "SaveWEBM": Saver("video", "fps"),
    "VHS_VideoCombine": Saver("video", "frame_rate"),
    "SaveAnimatedWEBP": Saver("animation", "fps"),
    "SaveAnimatedPNG": Saver("animation", "fps"),
    "SaveImage": Saver("pictures"),
}

RATES = {"CreateVideo": "fps", "PrimitiveFloat": "value", "PrimitiveInt": "value"}
"""Inputs with frames a second, of nodes that savers take them from."""

BETWEEN = ("rife", "film vfi", "vfi", "interpolat")
"""In the names of nodes that put frames between frames, so that what is saved has another rate
than what is asked for."""


class Lengths(NamedTuple):
    """A node that decides how many frames there are, and of what size."""

    step: int
    """Frames are a multiple of it, and one more."""
    multiple: int
    """Of which width and height are."""
    frames: str = "length"
    """Its input with the number of frames."""


_FOUR = Lengths(4, 16)
LENGTHS = {
    "EmptyLTXVLatentVideo": Lengths(8, 32),
    "LTXVImgToVideo": Lengths(8, 32),
    "EmptyHunyuanLatentVideo": _FOUR,
    "HunyuanImageToVideo": _FOUR,
    "EmptyMochiLatentVideo": Lengths(6, 16),
    "EmptyCosmosLatentVideo": Lengths(8, 16),
    "CosmosImageToVideoLatent": Lengths(8, 16),
    "CosmosPredict2ImageToVideoLatent": _FOUR,
    "WanImageToVideo": _FOUR,
    "WanFirstLastFrameToVideo": _FOUR,
    "WanFunControlToVideo": _FOUR,
    "WanFunInpaintToVideo": _FOUR,
    "WanVaceToVideo": _FOUR,
    "WanCameraImageToVideo": _FOUR,
    "WanPhantomSubjectToVideo": _FOUR,
    "Wan22ImageToVideoLatent": Lengths(4, 32),
}


class Family(NamedTuple):
    """What the makers of a model say of its clips."""

    dialect: Dialect
    fps: Fraction
    most: int
    """Frames of the longest clip that it was made for."""
    side: int
    """Pixels of the short side that it was made for."""


FAMILIES = {
    "ltxv": Family("ltx", Fraction(25), 257, 512),
    "mochi": Family("mochi", Fraction(30), 163, 480),
    "hunyuan_video": Family("hunyuan", Fraction(24), 129, 480),
    "wan": Family("wan", Fraction(16), 81, 480),
}
"""By the `type` of the node that loads the text encoder (`CLIPLoader`, `DualCLIPLoader`). Frames,
rates and sizes are those of the models' cards, as `generation/diffusion` has them too: LTX-Video
257 at 25 (its node's own default), Mochi 163 at 30, HunyuanVideo 129 at 24, Wan 81 at 16."""

TEXT = ("text", "prompt", "value", "string", "positive_prompt", "negative_prompt", "positive",
        "negative", "t5xxl")  # fmt: skip
NUMBER = ("value", "int", "float", "number")
TITLED: dict[str, tuple[str, ...]] = {
    "prompt": TEXT,
    "negative": TEXT,
    "seed": ("seed", "noise_seed", *NUMBER),
    "width": ("width", *NUMBER),
    "height": ("height", *NUMBER),
    "frames": ("length", "frames", "num_frames", "video_frames", "frame_count", *NUMBER),
    "fps": ("fps", "frame_rate", *NUMBER),
    "start_image": ("image", "value"),
    "end_image": ("image", "value"),
    "steps": ("steps", *NUMBER),
    "guidance": ("cfg", "guidance", *NUMBER),
}
"""Which input of a node takes a value where the node's title names it, first come, first served."""
