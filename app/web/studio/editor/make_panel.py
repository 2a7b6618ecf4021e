"""Making the film: format, source, price, and the buttons that do it. `MakePanel`."""

from decimal import Decimal

from songreel.models.errors import SongreelError
from songreel.models.render import ASPECTS, RenderSpec
from songreel.models.timebase import RATES
from songreel.models.work import Assemble, Make
from songreel.models.work_files import ContactSheet, Preview
from songreel.models.work_wishes import Output
from songreel.web.studio.blocking import blocking
from songreel.web.studio.editor.agreeing import agreed, quote_lines
from songreel.web.studio.editor.bench import Bench
from songreel.web.studio.editor.film_state import changed_text
from songreel.web.studio.editor.quoting import Asked, film_quote
from songreel.web.studio.editor.sources import Sources
from songreel.web.studio.kit import Button, Text, element, heading, select

SIZES = (180, 360, 540, 720, 1080, 1440, 2160)
"""Short sides that are offered, pixels."""
FORMATS = {"mp4": "mp4, H.264 and AAC", "mkv": "mkv, H.264 and FLAC", "mov": "mov, ProRes and PCM"}
RATES_OFFERED = ("23.976", "24", "25", "29.97", "30", "50", "59.94", "60")


class MakePanel:
    """What is needed to make the film.

    Args:
        bench: The project.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._wanted: dict[str, object] = {}
        self._quote: Asked | None = None
        self._turn = 0
        self._asking = False
        self._lead = Text("", "p", "ed-lead")
        heading("What it costs", 3)
        self._price = element("div", "ed-price", aria_live="polite")
        with element("div", "sr-actions ed-actions"):
            self._go = Button("Make film", self.make, kind="primary", icon="film")
            Button("Animatic", self.animatic, icon="play",
                   label="The plan as a quick moving sketch, free")  # fmt: skip
            Button("Contact sheet", self.sheet, icon="grid", label="All shots on one sheet, free")
        heading("Format", 3)
        self._format = element("div", "ed-format")
        bench.on("board", self.refresh)
        bench.on("shots", self.refresh)
        bench.on("film", self.refresh)

    async def refresh(self) -> None:
        """Show what making the film would mean now."""
        film, plan = self._bench.seen.film, self._bench.plan
        if plan is None:
            self._lead.set_text("There is no plan yet: making the film plans it first.")
        elif film is None:
            self._lead.set_text("There is no film yet.")
        elif film.changed:
            self._lead.set_text(changed_text(film.changed))
        else:
            self._lead.set_text("The film is the plan's: nothing has changed since it was cut.")
        self._go.set_text(self.verb)
        self._draw_format(await self._bench.sources())
        await self.price()

    @property
    def verb(self) -> str:
        """What the main button does."""
        return "Make film" if self._bench.seen.film is None else "Cut again"

    async def price(self) -> None:
        """Ask for the quote again; of several answers the last one is shown."""
        self._turn += 1
        turn, bench = self._turn, self._bench
        if bench.plan is None:
            quote, wrong = None, "The price is known once there is a plan."
        else:
            try:
                quote = await blocking(lambda: film_quote(bench.workspace, bench.project_id))
                wrong = ""
            except SongreelError as error:
                quote, wrong = None, str(error)
        if turn != self._turn:
            return
        self._quote = quote
        self._price.clear()
        with self._price:
            if quote is not None:
                quote_lines(quote)
            else:
                Text(wrong, "p", "sr-hint")

    def _draw_format(self, sources: Sources) -> None:
        spec, state = self._bench.seen.state.spec, self._bench.seen.state
        aspect = aspect_of(spec)
        self._wanted = {}
        self._format.clear()

        def want(name: str, value: object, now: object) -> None:
            if value == now:
                self._wanted.pop(name, None)
            else:
                self._wanted[name] = value

        short = min(spec.width, spec.height)
        rate = next((n for n in RATES_OFFERED if RATES.get(n) == spec.rate), f"{spec.rate}")
        with self._format:
            with element("div", "ed-row"):
                select("Shape", {a: a for a in ASPECTS}, aspect,
                       lambda e: want("aspect", e.value, aspect))  # fmt: skip
                select("Short side", {s: f"{s} px" for s in sorted({*SIZES, short})}, short,
                       lambda e: want("size", e.value, short))  # fmt: skip
            with element("div", "ed-row"):
                select("Frames a second", {r: r for r in dict.fromkeys((*RATES_OFFERED, rate))},
                       rate, lambda e: want("rate", e.value, rate))  # fmt: skip
                select("File", FORMATS, spec.format,
                       lambda e: want("format", e.value, spec.format))  # fmt: skip
            options = sources.options(state.visuals)
            options.pop("", None)
            select("Clips come from", options, state.visuals,
                   lambda e: want("visuals", e.value, state.visuals))  # fmt: skip

    async def make(self) -> None:
        """Make the film or cut it again, once the price is agreed to.

        Asked for twice before the price is known, it is made once.
        """
        if self._asking:
            return
        self._asking = True
        self._go.enable(False)
        await self._bench.say("finding out what it costs …")
        try:
            await self._order()
        finally:
            self._asking = False
            self._go.enable()

    async def _order(self) -> None:
        wanted = dict(self._wanted)
        visuals = wanted.pop("visuals", None)
        if visuals is not None and not await self._set_visuals(str(visuals)):
            return
        await self.price()
        quote = self._quote
        if quote is None and self._bench.plan is not None:
            await self._bench.say("the price cannot be told: see above", wrong=True)
            return
        usd = await agreed(quote, self.verb) if quote is not None else Decimal(0)
        if usd is None:
            await self._bench.say("nothing was bought")
            return
        output = Output.model_validate(wanted)
        if self._bench.seen.film is None:
            await self._bench.ask(Make(project=self._bench.project_id, agreed=usd, output=output))
        else:
            await self._bench.ask(
                Assemble(project=self._bench.project_id, agreed=usd, output=output)
            )

    async def _set_visuals(self, visuals: str) -> bool:
        """Have the film's clips come from elsewhere, so that the price is that one's."""
        from songreel.desk import sources_exist

        bench = self._bench

        def change() -> bool:
            project = bench.workspace.projects.open(bench.project_id)
            sources_exist({"visuals": visuals}, bench.workspace.settings)
            with project.held():
                project.change(visuals=visuals)
            return True

        done = await bench.do(change)
        await bench.reload()
        return bool(done)

    async def animatic(self) -> None:
        """Make the animatic."""
        await self._bench.ask(Preview(project=self._bench.project_id))

    async def sheet(self) -> None:
        """Make the contact sheet."""
        await self._bench.ask(ContactSheet(project=self._bench.project_id))


def aspect_of(spec: RenderSpec) -> str:
    """The name of a picture's shape."""
    return min(ASPECTS, key=lambda name: abs(float(ASPECTS[name]) - spec.width / spec.height))
