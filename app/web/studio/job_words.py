"""Jobs in words: what each is called, and how long it takes yet."""

from collections.abc import Mapping

from songreel.models.work import Work

NAMES = {
    "hear": "Hearing", "plan": "Planning", "make": "Making the film", "generate": "Making clips",
    "assemble": "Cutting the film", "retake": "A new take", "report": "Measuring",
    "preview": "Animatic", "contact-sheet": "Contact sheet", "export": "Export",
    "formats": "Other formats", "excerpt": "Excerpt", "loop": "Loop", "score": "Music",
    "foley": "Sounds", "mix": "Mixing", "pairs": "Choosing photos",
    "footage": "Taking in footage", "budget": "Fitting to the budget", "batch": "Batch",
    "demo": "Demo film", "make-scenes": "Film of scenes", "scene": "Showing a scene",
}  # fmt: skip


def name_of(work: Work) -> str:
    """What it is, in a few words."""
    name = NAMES[work.kind]
    return f"{name} of {work.shot}" if work.kind == "retake" else name


def left_text(seconds: float | None) -> str:
    """`about 3 min left`: no finer than it is known; empty where it is not."""
    if seconds is None:
        return ""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 90:
        return f"about {round(seconds / 5) * 5} s left"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {minutes} min left"
    return f"about {seconds / 3600:.1f} h left"


def stood_in(result: object) -> str:
    """What stands in for clips that could not be had, by a job's result; empty: nothing."""
    told = result.get("substitutions") if isinstance(result, Mapping) else None
    if not isinstance(told, list | tuple) or not told:
        return ""
    more = f" (and {len(told) - 1} more; the film's report has all)" if len(told) > 1 else ""
    return f"not all as asked for: {told[0]}{more}"
