"""What few people wish of a film: seeds, limits of length, ears, files of one's own."""

from typing import TYPE_CHECKING, Any

from songreel.analysis.trackers.registry import look_up, names
from songreel.models.errors import SongreelError
from songreel.models.workspace import AssetEntry
from songreel.web.studio.kit import (
    Choice,
    Text,
    element,
    heading,
    number_field,
    select,
    text_field,
    toast,
)
from songreel.web.studio.uploading import Drop

if TYPE_CHECKING:
    from songreel.web.studio.direction_view import DirectionView

RATES = ("23.976", "24", "25", "29.97", "30", "50", "59.94", "60")
FORMATS = {"mp4": "MP4, H.264 and AAC", "mkv": "MKV, H.264 and FLAC", "mov": "MOV, ProRes and PCM"}
PLACES = {"": "as usual", "bottom": "bottom", "middle": "middle", "top": "top"}
GRADES = {
    "": "as suits the film", "none": "left alone", "palette": "leaned to the palette",
    "duotone": "in two tones",
}  # fmt: skip
OCTAVES = {"as heard": "As heard", "half": "Half as fast", "double": "Twice as fast"}


def more(view: "DirectionView") -> None:
    """Build the panel, folded."""
    with element("details", "sr-panel sr-fold"):
        Text("More", "summary")
        with element("div", "sr-stack sr-stack--wide"):
            _cutting(view)
            _file(view)
            _listening(view)
            _pictures(view)


def _cutting(view: "DirectionView") -> None:
    heading("Cutting", 3)
    with element("div", "sr-columns"):
        number_field("Seed", None, view.event("planning", "seed", int), low=0, step=1,
                     placeholder="0", hint="Another film of the same kind.")  # fmt: skip
        number_field("No shot shorter than", None, view.event("planning", "shortest"),
                     low=0.1, high=60, step=0.1, unit="s")  # fmt: skip
        number_field("No shot longer than", None, view.event("planning", "longest"),
                     low=0.5, high=600, step=0.5, unit="s",
                     hint="Where the music allows.")  # fmt: skip

    def film_it(asset: AssetEntry) -> None:
        view.wishes.plan_file = asset.sha256
        told.set_text(f"{asset.name} is filmed instead of a plan of songreel's own.")

    Drop(
        "Film a plan of your own", "A plan.json as “songreel plan” writes it",
        accept=".json,application/json", kinds=("document",), arrived=film_it, purpose="plan",
        anywhere=False, small=True,
    )  # fmt: skip
    told = Text("", "p", "sr-hint")


def _file(view: "DirectionView") -> None:
    heading("File", 3)
    with element("div", "sr-columns"):
        select("Frames a second", {rate: rate for rate in RATES}, "24",
               view.event("output", "rate"))  # fmt: skip
        select("Format", FORMATS, "mp4", view.event("output", "format"))


def _listening(view: "DirectionView") -> None:
    heading("Ears", 3)
    with element("div", "sr-columns"):
        select("Who hears the beats", trackers(), "songreel", view.event("ears", "tracker"))
        Choice("Beats are counted", OCTAVES, "as heard", view.put("ears", "octave"))


def _pictures(view: "DirectionView") -> None:
    heading("Pictures and letters", 3)
    ready = {row.key: row.text for row in (*view.offered.hosted, *view.offered.local) if row.ready}
    with element("div", "sr-columns"):
        select(
            "Where that source cannot serve", {"": "built-in scenes", **ready}, "",
            lambda e: view.put("pictures", "stand_ins")((e.value,) if e.value else None),
            hint="Another source that may stand in.",
        )  # fmt: skip
        select("Own pictures' colours", GRADES, "", view.event("pictures", "grade"))
        number_field("Ask again for broken clips", 0, view.set_retakes, low=0, high=5, step=1,
                     unit="times", hint="Each may cost as much again.")  # fmt: skip
        text_field("Language model", "", view.event("planning", "writer"),
                   hint="Writes story and pictures, at the server that OPENAI_BASE_URL "
                   "names.")  # fmt: skip
        number_field("Captions' size", None, view.event("planning", "caption_size"),
                     low=2, high=15, step=0.5, unit="%",
                     hint="Of the picture's short side.")  # fmt: skip
        select("Captions' place", PLACES, "", view.event("planning", "caption_place"))

    def set_in_it(asset: AssetEntry) -> None:
        view.put("planning", "caption_font")(asset.sha256)
        told.set_text(f"Captions and cards are set in {asset.name}.")

    Drop(
        "A font for captions and cards", "TTF or OTF", accept=".ttf,.otf,font/*",
        kinds=("font",), arrived=set_in_it, purpose="font", anywhere=False, small=True,
    )  # fmt: skip
    told = Text("", "p", "sr-hint")


def local_wishes(view: "DirectionView") -> None:
    """Build the fields for models on this machine."""

    def wish(name: str, to: Any) -> Any:
        def changed(event: Any) -> None:
            known: dict[str, Any] = dict(view.wishes.pictures.get("local") or {})
            known.pop(name, None)
            if event.value not in (None, ""):
                known[name] = to(event.value)
            view.put("pictures", "local")(known or None)

        return changed

    with element("div", "sr-columns"):
        number_field("Steps", None, wish("steps", int), low=1, high=1000, step=1,
                     placeholder="the model's own")  # fmt: skip
        number_field("Guidance", None, wish("guidance", float), low=0, high=100, step=0.5,
                     placeholder="the model's own")  # fmt: skip
        number_field("Short side of clips", None, wish("side", int), low=64, high=4320, step=16,
                     unit="px", placeholder="the model's own")  # fmt: skip
        text_field("Devices", "", wish("devices", str), placeholder="all",
                   hint="Such as cuda:0,cuda:1 or cpu.")  # fmt: skip
        text_field("LoRA", "", lambda e: wish("loras", lambda v: ({"id": v},))(e),
                   hint="owner/name at the model hub.")  # fmt: skip


def trackers() -> dict[str, str]:
    """Who can hear beats here, by name, and what each is."""
    found = {}
    for name in names():
        try:
            tracker = look_up(name)
            if tracker.available():
                found[name] = f"{name} ({tracker.licence})"
        except SongreelError as error:
            toast(str(error), "warn")
    return found
