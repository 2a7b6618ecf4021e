"""The plan as the viewer shows it before there is a film: clips where there are some."""

from songreel.models.schedule import schedule
from songreel.web.studio.editor.bench import Bench
from songreel.web.studio.editor.elements import PlanShot


def plan_shots(bench: Bench) -> list[PlanShot]:
    """Rows for the viewer; a clip of an earlier plan is shown while there is no newer one."""
    plan, spec = bench.plan, bench.seen.state.spec
    heads = {}
    if plan is not None:
        heads = {f.shot: float(f.head / spec.rate) for f in schedule(plan, spec.rate, spec.lead)}
    return [
        (
            shot.id,
            shot.start,
            shot.end,
            bench.media(f"take-{shot.id}-{shot.take}") if shot.take else None,
            heads.get(shot.id, 0.0),
            shot.thumb,
            shot.color,
            shot.motif,
        )
        for shot in bench.board.shots
    ]
