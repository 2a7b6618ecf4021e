"""A new take of one shot, asked for in a dialog: `retake`."""

from songreel.models.storyboard import Shot
from songreel.models.work import Retake
from songreel.takes import SEEDS, Change
from songreel.web.studio.editor.agreeing import agreed
from songreel.web.studio.editor.bench import Bench
from songreel.web.studio.editor.quoting import Asked, retake_quote
from songreel.web.studio.editor.sources import Sources
from songreel.web.studio.kit import (
    Button,
    Text,
    answered,
    dialog,
    element,
    number_field,
    select,
    text_area,
)


async def retake(bench: Bench, shot_id: str) -> None:
    """Ask how a shot is to be taken anew, show the price, and put it into the queue."""
    plan = bench.plan
    shot = next((s for s in plan.shots if s.id == shot_id), None) if plan is not None else None
    if shot is None:
        await bench.say(f"there is no shot {shot_id} any more", wrong=True)
        return
    change = await _asked_for(shot, await bench.sources())
    if change is None:
        return
    quote = await bench.do(lambda: retake_quote(bench.workspace, bench.project_id, shot_id, change))
    if quote is None:
        return
    await _ordered(bench, shot_id, change, quote)


async def _asked_for(shot: Shot, sources: Sources) -> Change | None:
    with dialog(f"Retake {shot.id}", wide=True) as shown:
        Text("The takes before stay; one key brings any of them back.", "p", "sr-hint")
        prompt = text_area("Prompt", shot.prompt)
        prompt.classes("ed-prompt").props("autofocus")
        with element("div", "ed-row"):
            seed = number_field(
                "Seed", None, low=0, high=SEEDS - 1, step=1, placeholder="another one",
                hint=f"It was {shot.seed}.",
            )  # fmt: skip
            source = select(
                "From", sources.options(shot.provider or ""), shot.provider or "",
            )  # fmt: skip
        wrong = Text("", "p", "ed-refused")
        wrong._props["role"] = "alert"

        def done() -> None:
            words = (prompt.value or "").strip()
            if not words:
                wrong.set_text("The prompt is empty: say what is to be seen.")
                return
            shown.submit(
                Change(
                    prompt=words if words != shot.prompt else None,
                    seed=int(seed.value) if seed.value is not None else None,
                    source=(source.value or sources.film)
                    if (source.value or "") != (shot.provider or "")
                    else None,
                )
            )

        with element("div", "sr-actions"):
            Button("Cancel", lambda: shown.submit(None), kind="quiet")
            Button("Make the take", done, kind="primary", icon="again")
    answer = await answered(shown)
    return answer if isinstance(answer, Change) else None


async def _ordered(bench: Bench, shot_id: str, change: Change, quote: Asked) -> None:
    usd = await agreed(quote, f"Retake {shot_id}")
    if usd is None:
        await bench.say("nothing was bought")
        return
    await bench.ask(
        Retake(
            project=bench.project_id, shot=shot_id, agreed=usd,
            prompt=change.prompt, seed=change.seed, source=change.source,
        )
    )  # fmt: skip
