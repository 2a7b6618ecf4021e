"""How MusicGen draws its tokens: `Drawing`, checked from what a request says."""

from collections.abc import Mapping
from difflib import get_close_matches

from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.models.sound_request import Setting


class Drawing(Frozen):
    """Parameters of the draw; the defaults are those of the makers' own program.

    audiocraft's `MusicGen.set_generation_params`: top_k 250, temperature 1, guidance 3, top_p off.
    """

    do_sample: bool = True
    """False: always the likeliest token. The seed then decides nothing, and music tends to stick
    to one sound."""
    temperature: float = 1.0
    top_k: int = 250
    """Of a codebook's 2048 tokens, the likeliest so many are drawn from; 0: all."""
    top_p: float = 0.0
    """Of those, the likeliest whose chances add up to it; 0: all."""
    guidance_scale: float = 3.0
    """How strictly the words are followed (classifier-free guidance); at 1 each token takes half
    the work, as the words' absence is not asked about."""


_ALIASES = {"classifier_free_guidance": "guidance_scale", "cfg": "guidance_scale"}
"""As Replicate's MusicGen and the paper call it."""

_RANGES: Mapping[str, tuple[float, float]] = {
    "temperature": (0.01, 5.0),
    "top_k": (0, 2048),
    "top_p": (0.0, 1.0),
    "guidance_scale": (1.0, 20.0),
}


def drawing(settings: Mapping[str, Setting], who: str) -> Drawing:
    """What `settings` ask for, complete.

    Args:
        settings: Of a request; names that are missing take their defaults.
        who: The source, for messages.

    Raises:
        InvalidInput: A name is not known, is given twice, or a value is out of its range.
    """
    given: dict[str, Setting] = {}
    for said, value in settings.items():
        name = _ALIASES.get(said, said)
        if name not in Drawing.model_fields:
            known = (*Drawing.model_fields, *_ALIASES)
            near = get_close_matches(said, known, n=1, cutoff=0.5)
            way = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}"
            raise InvalidInput(f"{who} has no parameter {said!r}; {way}")
        if name in given:
            raise InvalidInput(f"{who}: {name} is given twice, once as {said!r}")
        given[name] = _checked(name, value, who)
    return Drawing.model_validate(given)


def _checked(name: str, value: Setting, who: str) -> Setting:
    if name == "do_sample":
        if not isinstance(value, bool):
            raise InvalidInput(f"{who}: do_sample is true or false, not {value!r}")
        return value
    low, high = _RANGES[name]
    if isinstance(value, bool | str) or not low <= value <= high:
        raise InvalidInput(f"{who}: {name} is {value!r}; it lies between {low:g} and {high:g}")
    if name == "top_k" and value != int(value):
        raise InvalidInput(f"{who}: top_k is {value!r}; it is a whole number")
    return int(value) if name == "top_k" else float(value)
