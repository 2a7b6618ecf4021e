"""A finished film on the terminal: where it is, and how good."""

from typing import TYPE_CHECKING

import typer

from songreel.cli.console import note
from songreel.cli.hearing import print_json

if TYPE_CHECKING:
    from songreel.film import Film
    from songreel.project import Project


def show(film: "Film", as_json: bool) -> None:
    """Say where a film is, and how good."""
    from songreel.assembly.summary import told_once, verdict
    from songreel.models.money import dollars

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
                "cost_usd": {"run": str(film.bill.run), "project": str(film.bill.project)}
                if film.bill
                else None,
                "timings": film.timings.seconds,
                "replaced": str(film.set_aside) if film.set_aside else None,
            }
        )
        return
    note(verdict(film.report))
    for text in (*told_once(film.report.substitutions), *film.report.notices):
        note(f"note: {text}")
    if film.bill is not None:
        note(
            f"paid: {dollars(film.bill.run)} USD in this run, {dollars(film.bill.project)} USD "
            "for this project so far"
        )
    spent = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in film.timings.seconds.items())
    total = sum(film.timings.seconds.values())
    note(f"time: {total:.1f} s for {film.render.seconds:.1f} s of film ({spent})")
    if film.set_aside:
        note(f"the film before is kept: {film.set_aside}")
    note(f"report: {project.page}")
    typer.echo(str(film.video))
