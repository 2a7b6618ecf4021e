"""The page of one project: how its film is to be while there is no plan, the timeline after."""

from pathlib import Path

from songreel.models.queued import QueuedJob
from songreel.project import Project
from songreel.web.studio.blocking import blocking
from songreel.web.studio.composing import composing, job_of_scenes
from songreel.web.studio.editor import editor_page
from songreel.web.studio.frame import frame
from songreel.web.studio.kit import element
from songreel.web.studio.new_film import new_film
from songreel.workspace import Workspace


async def project_page(workspace: Workspace, project_id: str) -> None:
    """Build the page.

    Raises:
        SongreelError: There is no such project, or it is gone.
    """
    entry = await blocking(workspace.projects.find, project_id)
    project = await blocking(workspace.projects.open, project_id)
    await blocking(workspace.projects.note, project)
    frame().begin(entry.title, project=project_id)
    with element("div", "sr-project") as place:
        pass

    planned = Project(Path(entry.folder)).plan.is_file

    async def begun(_job: QueuedJob) -> bool:
        there = await blocking(planned)
        if there:
            await fill()
        return there

    async def fill() -> None:
        place.clear()
        with place:
            if await blocking(planned):
                await editor_page(workspace, project_id)
                return
            job = await blocking(job_of_scenes, workspace, project_id)
            if job is None:
                await new_film(workspace, project_id, fill)
                return
            with element("div", "sr-page"):
                await composing(workspace, job, begun)

    await fill()
