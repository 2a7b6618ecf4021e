"""Putting beats and bars right, by ear and by hand: `GridPanel`."""

from statistics import median

from songreel.models.edits import CorrectGrid
from songreel.models.grid_change import FEWEST_TAPS, METER, GridChange
from songreel.models.timebase import clock
from songreel.web.studio.editor.bench import Bench
from songreel.web.studio.editor.elements import Ears
from songreel.web.studio.kit import (
    Button,
    Meter,
    Text,
    element,
    heading,
    number_field,
    switch,
    text_field,
)

TRUSTED = 0.5
"""Trust from which cuts snap to the grid by themselves, as the board has it."""
STEPS = (-50, -10, -1, 1, 10, 50)
"""Milliseconds by which the buttons move the beats."""
METERS = ("2/4", "3/4", "4/4", "5/4", "6/8", "7/8")


class GridPanel:
    """The grid tools.

    Args:
        bench: The project.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._taps: list[float] = []
        self._facts = element("div", "ed-grid-facts")
        with self._facts:
            self._told = Text("", "p", "ed-lead")
            self._trust = Meter(label="trust of the grid")
            self._why = Text("", "p", "sr-hint")
        heading("Check by ear", 3)
        self._ears = Ears(self._tapped)
        self._clicks = switch(
            "Click on the beats", False, self._ears.set_clicking,
            hint="Higher on the first beat of a bar. Play the song and listen.",
        )  # fmt: skip
        heading("Put right", 3)
        with element("div", "sr-actions ed-actions"):
            here = Button(
                "Beat one is here",
                kind="primary",
                icon="beat",
                label="A bar begins at the playhead (B)",
            )
            # While it plays, the browser alone knows where the playhead is.
            here.on(
                "click",
                lambda event: self.beat_one(float(event.args)),
                js_handler="() => emit(document.querySelector('.ed').songreelClock.time())",
            )
            Button("Half", lambda: self._correct(GridChange(kind="half")),
                   label="Every second beat only: half the tempo")  # fmt: skip
            Button("Double", lambda: self._correct(GridChange(kind="double")),
                   label="A beat between every two: double the tempo")  # fmt: skip
        with element("div", "sr-field"):
            Text("Move all beats, ms", "span", "sr-label")
            with element("div", "ed-nudges", role="group", aria_label="Move all beats"):
                for step in STEPS:
                    Button(
                        f"{step:+d}".replace("-", "−"),
                        lambda step=step: self._correct(
                            GridChange(kind="offset", seconds=step / 1000)
                        ),
                        label=f"{abs(step)} ms {'earlier' if step < 0 else 'later'}",
                    )
        with element("div", "ed-row"):
            self._meter = text_field("Meter", bench.board.meter)
            self._meter.props("maxlength=5 list=ed-meters").on("keydown.enter", self._set_meter)
            with element("datalist", id="ed-meters"):
                for meter in METERS:
                    element("option", value=meter)
            self._tempo = number_field("Steady tempo", None, low=20, high=400, unit="bpm")
            self._tempo.on("keydown.enter", self._set_tempo)
            Button("Set", self._set_both, label="Set meter or tempo").classes("ed-set")
        heading("Tap along", 3)
        Text(
            "Start, play the song, and tap T or the pad on every beat: eight bars do well, "
            f"{FEWEST_TAPS} taps are the least.", "p", "sr-hint",
        )  # fmt: skip
        with element("div", "ed-tap"):
            self._start = Button("Start tapping", self._toggle_tapping)
            self._pad = Button("Tap", label="Tap on the beat (T)").classes("ed-pad")
            self._pad.on(
                "pointerdown",
                js_handler=f"(e) => {{ getElement({self._ears.id}).tap(e.timeStamp);"
                " e.preventDefault(); }",
            )
            self._use = Button("Use these taps", self._use_taps, kind="primary")
        self._count = Text("", "p", "ed-tap-count")
        self._count._props["aria-live"] = "polite"
        self._error = Text("", "p", "ed-refused")
        self._error._props["role"] = "alert"
        self._tapping = False
        self._show_tapping()
        bench.on("board", self.refresh)

    @property
    def ears(self) -> Ears:
        """Clicks and taps."""
        return self._ears

    def refresh(self) -> None:
        """Show the grid as it is now."""
        board = self._bench.board
        tempo = f"{board.tempo:.1f} bpm" if board.tempo else "no steady tempo"
        bars = len(board.downbeats)
        self._told.set_text(f"{tempo}, {board.meter}, {len(board.beats)} beats in {bars} bars")
        self._trust.set(board.trust)
        trusted = board.trust >= TRUSTED
        self._why.set_text(
            f"Trust {board.trust:.0%}. ".replace("%", " %")
            + (
                "Cuts snap to it."
                if trusted
                else "Too little to cut on: check it by ear, put it right, and it counts as sure."
            )
        )
        self._meter.set_value(board.meter)
        self._ears.set_grid(board.beats, board.downbeats)

    async def beat_one(self, seconds: float) -> None:
        """A bar begins at `seconds`."""
        at = round(max(seconds, 0.0), 4)
        await self._correct(GridChange(kind="bar one", seconds=at), f"bar one at {clock(at)}")

    async def _correct(self, change: GridChange, what: str = "") -> None:
        refused = await self._bench.edit(CorrectGrid(change=change))
        self._error.set_text(refused)
        if not refused and what:
            await self._bench.say(f"{what}; Ctrl+Z takes it back")

    async def _set_both(self) -> None:
        if (self._meter.value or "") != self._bench.board.meter:
            await self._set_meter()
        elif self._tempo.value:
            await self._set_tempo()

    async def _set_meter(self) -> None:
        meter = (self._meter.value or "").strip()
        if not METER.fullmatch(meter):
            self._error.set_text(f"{meter!r} is no meter: write it as 3/4 or 6/8.")
            return
        await self._correct(GridChange(kind="meter", meter=meter), f"bars of {meter}")

    async def _set_tempo(self) -> None:
        bpm = self._tempo.value
        if bpm is None or not 20 <= bpm <= 400:
            self._error.set_text("A tempo is from 20 to 400 bpm.")
            return
        await self._correct(GridChange(kind="tempo", bpm=float(bpm)), f"{bpm:g} bpm throughout")
        self._tempo.set_value(None)

    def _toggle_tapping(self) -> None:
        self._tapping = not self._tapping
        self._taps = []
        self._ears.set_tapping(self._tapping)
        self._show_tapping()

    def _tapped(self, taps: list[float]) -> None:
        self._taps = taps
        self._show_tapping()

    def _show_tapping(self) -> None:
        count, enough = len(self._taps), len(self._taps) >= FEWEST_TAPS
        self._start.set_text("Stop" if self._tapping else "Start tapping")
        self._pad.enable(self._tapping)
        self._use.enable(enough)
        if not self._tapping and not count:
            self._count.set_text("")
            return
        text = (
            "no tap yet: play the song, then tap"
            if not count
            else "1 tap"
            if count == 1
            else f"{count} taps"
        )
        if enough:
            gaps = [b - a for a, b in zip(self._taps, self._taps[1:], strict=False) if b > a]
            if gaps:
                text += f", about {60 / median(gaps):.1f} bpm"
        self._count.set_text(text)

    async def _use_taps(self) -> None:
        taps = tuple(sorted({round(tap, 4) for tap in self._taps}))
        if len(taps) < FEWEST_TAPS:
            return
        await self._correct(GridChange(kind="tap", taps=taps), f"grid of {len(taps)} taps")
        self._tapping = False
        self._taps = []
        self._ears.set_tapping(False)
        self._show_tapping()
