"""The finished film: how well it is in sync, and everything that can be taken away. `FilmPanel`."""

from collections.abc import Mapping

from songreel.models.errors import InvalidInput
from songreel.models.storyboard import Storyboard
from songreel.models.work_files import Excerpt, Export, ExportForm, Formats, Loop
from songreel.models.work_sound import Foley
from songreel.web.studio.editor.bench import Bench
from songreel.web.studio.editor.downloads import Download, downloads
from songreel.web.studio.editor.film_state import Checked, changed_text
from songreel.web.studio.kit import Button, Text, chip, element, heading, number_field, select

EDITORS: Mapping[ExportForm, str] = {
    "otio": "OpenTimelineIO",
    "fcpxml": "Final Cut, Resolve",
    "edl": "CMX 3600 EDL",
    "markers.edl": "markers for Resolve",
    "chapters.txt": "chapters",
    "srt": "subtitles, SRT",
    "vtt": "subtitles, WebVTT",
}
"""Forms of the edit that are offered, each in words."""
SUBTITLES = ("srt", "vtt")
"""Forms that are made of lyrics."""


class FilmPanel:
    """The film's results.

    Args:
        bench: The project.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._place = element("div", "ed-film")
        self._making = False
        bench.on("film", self.refresh)
        bench.on("files", self.refresh)
        bench.on("jobs", self._work)

    async def refresh(self) -> None:
        """Show the film as it is now."""
        bench = self._bench
        files = await bench.do(lambda: downloads(bench.workspace, bench.project_id))
        film, self._making = bench.seen.film, bench.making
        self._place.clear()
        with self._place:
            if film is None:
                with element("div", "sr-empty"):
                    if bench.making:
                        Text("The film is being made.", "p")
                        Text("What is measured of it comes here.", "p", "sr-hint")
                    else:
                        Text("There is no film yet.", "p")
                        Text("“Make” has the button, and what it costs.", "p", "sr-hint")
            else:
                with element("div", "ed-shot-title"):
                    heading(film.file, 3)
                    chip(film.size)
                if film.changed:
                    Text(changed_text(film.changed), "p", "ed-limit")
                if film.report is not None:
                    self._report(film.report)
            heading("Take away", 3)
            with element("ul", "ed-files"):
                for file in files or ():
                    _file(file)
            if film is not None:
                self._more()
            self._whole()

    async def _work(self) -> None:
        """Work on the film has begun or ended: where there is none yet, that is told."""
        if self._bench.seen.film is None and self._making != self._bench.making:
            await self.refresh()

    def _report(self, report: Checked) -> None:
        Text(report.verdict, "p", "ed-verdict" + ("" if report.ok else " bad"))
        with element("div", "ed-tiles"):
            for tile in report.tiles:
                with element("div", "ed-tile" if tile.good else "ed-tile bad"):
                    Text(tile.figure, "strong")
                    Text(tile.label, "span")
                    Text(tile.note, "span", "sr-hint")
        for text in (*report.faults, *report.notices):
            Text(text, "p", "sr-hint")
        if report.page:
            link = element(
                "a", "sr-button sr-button--plain", href=self._bench.media("report"),
                target="_blank", rel="noopener",
            )  # fmt: skip
            with link:
                Text("The whole report, cut by cut")

    def _more(self) -> None:
        bench, project = self._bench, self._bench.project_id
        lacking = _lacking(bench.plan)
        forms = tuple(form for form in EDITORS if form not in lacking)
        heading("For editors", 3)
        with element("div", "ed-chips", role="group", aria_label="Export"):
            for form, about in EDITORS.items():
                Button(
                    f".{form}",
                    lambda form=form: bench.ask(Export(project=project, forms=(form,))),
                    label=about,
                ).enable(form in forms, lacking.get(form, ""))
            Button(
                "all of them",
                lambda: bench.ask(Export(project=project, forms=forms)),
            )
        heading("Other shapes and lengths", 3)
        with element("div", "ed-chips", role="group", aria_label="Other shapes"):
            for aspect in ("9:16", "1:1", "4:5", "16:9"):
                Button(
                    aspect,
                    lambda aspect=aspect: bench.ask(Formats(project=project, aspects=(aspect,))),
                    label=f"The whole film in {aspect}, cut on the same frames",
                )
        with element("div", "ed-row"):
            length = number_field("Excerpt of", 30, low=3, high=600, step=1, unit="s")
            shape = select("in", {"": "the film's shape", "9:16": "9:16", "1:1": "1:1"}, "")
            Button(
                "Make",
                lambda: bench.ask(
                    Excerpt(project=project, seconds=float(length.value or 30),
                            aspect=shape.value or None)
                ),
                label="Make the best excerpt of this length",
            ).classes("ed-set")  # fmt: skip
        with element("div", "sr-actions ed-actions"):
            Button("Loop", lambda: bench.ask(Loop(project=project)),
                   label="A few bars that lead back into themselves")  # fmt: skip
            Button("Foley", lambda: bench.ask(Foley(project=project)),
                   label="Sound for what is seen, under the music")  # fmt: skip

    def _whole(self) -> None:
        heading("The whole project", 3)
        Text("Song, plan, clips, film and history as one file that opens anywhere.", "p", "sr-hint")
        link = element(
            "a", "sr-button sr-button--plain", href=f"/api/projects/{self._bench.project_id}/pack",
            download="",
        )  # fmt: skip
        with link:
            Text("Save as one file")


def _lacking(plan: Storyboard | None) -> dict[str, str]:
    """Forms that cannot be made of this plan, with why not: one alone would spoil all of them."""
    from songreel.assembly.exports.chapters import youtube

    lacking: dict[str, str] = {}
    if plan is None:
        return lacking
    if plan.lyrics is None or not plan.lyrics.timed:
        lacking = dict.fromkeys(SUBTITLES, "There are no lyrics with times")
    try:
        youtube(plan)
    except InvalidInput as error:
        lacking["chapters.txt"] = str(error)
    return lacking


def _file(file: Download) -> None:
    with element("li"), element("a", "ed-file", href=file.url, download=file.name):
        Text(file.name, "strong")
        Text(file.about, "span", "sr-hint")
