"""A finished film on the terminal: where it is, and how good. What was paid for a thing."""

from typing import TYPE_CHECKING

import typer

from songreel.cli.console import note
from songreel.cli.hearing import print_json

if TYPE_CHECKING:
    from songreel.film import Bill, Film
    from songreel.project import Project


def show(film: "Film", as_json: bool) -> None:
    """Say where a film is, and how good."""
    from songreel.assembly.summary import told_once, verdict

    project: Project = film.project
    if as_json:
        print_json(
            {
                "project": str(project.folder),
                "video": str(film.video),
                "report": str(project.page),
                "seconds": film.render.seconds,
                "ok": film.report.ok,
                "cuts": len(film.report.cuts),
                "on_frame": film.report.on_frame,
                "substitutions": film.report.substitutions,
                "notices": film.report.notices,
                "cost_usd": bill_row(film.bill),
                "timings": film.timings.seconds,
                "edited_since": film.edited_since,
                "replaced": str(film.set_aside) if film.set_aside else None,
            }
        )
        return
    note(verdict(film.report))
    for text in (*told_once(film.report.substitutions), *film.report.notices):
        note(f"note: {text}")
    tell_paid(film.bill, "project")
    spent = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in film.timings.seconds.items())
    total = sum(film.timings.seconds.values())
    note(f"time: {total:.1f} s for {film.render.seconds:.1f} s of film ({spent})")
    if film.edited_since:
        note(
            "the plan was changed while this film was made of it as it was before; `songreel "
            f"assemble {film.project.folder}` cuts it anew"
        )
    if film.set_aside:
        note(f"the film before is kept: {film.set_aside}")
    note(f"report: {project.page}")
    typer.echo(str(film.video))


def tell_paid(bill: "Bill | None", what: str) -> None:
    """Say what was paid for a film, a score, a project; nothing where nothing was bought."""
    from songreel.models.money import dollars

    if bill is not None:
        note(
            f"paid: {dollars(bill.run)} USD in this run, {dollars(bill.project)} USD for this "
            f"{what} so far"
        )


def bill_row(bill: "Bill | None") -> dict[str, str] | None:
    """The same as plain data."""
    return {"run": str(bill.run), "project": str(bill.project)} if bill is not None else None
