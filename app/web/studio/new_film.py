"""From a song to a plan: the page of a project that has none yet. `new_film`."""

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from pathlib import Path

from songreel.models.errors import SongreelError
from songreel.models.queued import ENDED, JobEvent
from songreel.models.work import Budget, Work
from songreel.project import Project
from songreel.web.studio.blocking import blocking
from songreel.web.studio.direction import Wishes, offered
from songreel.web.studio.direction_view import DirectionView
from songreel.web.studio.drafts import Draft
from songreel.web.studio.frame import frame
from songreel.web.studio.kit import element, toast
from songreel.web.studio.live import Hearing
from songreel.workspace import Workspace

Planned = Callable[[], Awaitable[None]]


async def new_film(workspace: Workspace, project_id: str, planned: Planned) -> None:
    """Show a song being heard, then ask how its film is to be.

    Args:
        workspace: The workspace.
        project_id: A project without a plan.
        planned: Called once there is a plan: the page of the film takes over.
    """
    await NewFilm(workspace, project_id, planned).build()


class NewFilm:
    """The page, from the first sound to the plan."""

    def __init__(self, workspace: Workspace, project_id: str, planned: Planned) -> None:
        self.workspace, self.project_id, self._planned = workspace, project_id, planned
        self._view: DirectionView | None = None
        self._job = ""
        self._then: Callable[[], Awaitable[None]] | None = None
        self._left = False

    async def build(self) -> None:
        """Build the page."""
        entry = await blocking(self.workspace.projects.find, self.project_id)
        self._draft = Draft.of_project(Path(entry.folder))
        self._kept = await blocking(self._draft.read)
        frame().title(entry.title)
        with element("div", "sr-page sr-page--new") as self.page:
            hearing = Hearing(self.workspace, self.project_id, self._heard)
            with element("div"):
                await hearing.build()
            if not self._left:
                await frame().pulse.listen(self.page, self._happened, self.project_id)

    async def _heard(self) -> None:
        if self._view is not None or self.page.is_deleted:
            return
        try:
            found = await blocking(offered, self.workspace, self.project_id)
        except SongreelError as error:
            toast(frame().told(error), "bad")
            return
        self._view = DirectionView(
            self.workspace, found, self._plan, self._make, self._draft, self._kept
        )
        with self.page:
            self._view.build()

    async def _plan(self, wishes: Wishes) -> None:
        await self._ask(lambda: wishes.plan(self.project_id), "Planning …", self._leave)

    async def _make(self, wishes: Wishes) -> None:
        from songreel.planning import is_paid

        visuals = str(wishes.pictures.get("visuals") or "builtin")
        if not is_paid(visuals, self.workspace.settings):
            # The plan is there long before the film: the page goes on as soon as it is.
            await self._ask(lambda: wishes.make(self.project_id), "Planning …", None)
            return

        async def quoted() -> None:
            await self._buy(wishes)

        async def fitted() -> None:
            work = Budget(project=self.project_id, usd=wishes.budget or Decimal(0))
            await self._ask(lambda: work, "Fitting to the budget …", quoted)

        after = quoted if wishes.budget is None else fitted
        await self._ask(lambda: wishes.plan(self.project_id), "Planning …", after)

    async def _buy(self, wishes: Wishes) -> None:
        """The quote, and the film if somebody agrees to it; the plan stays either way."""
        from songreel.web.studio.editor.agreeing import agreed
        from songreel.web.studio.editor.quoting import film_quote

        try:
            if wishes.budget is not None:
                await blocking(self._limit, wishes.budget)
            asked = await blocking(film_quote, self.workspace, self.project_id, wishes.retakes)
            usd = await agreed(asked, "Make the film?")
            if usd is not None:
                work = wishes.make(self.project_id, usd)
                await blocking(lambda: self.workspace.queue.add(work, actor="studio"))
        except SongreelError as error:
            toast(frame().told(error), "bad")
        await self._leave()

    def _limit(self, usd: Decimal) -> None:
        from songreel.store.ledger import Ledger, Scope

        ledger = Ledger(self.workspace.settings.database)
        ledger.limit(Scope("project", self.project_id), usd)

    async def _ask(
        self,
        work: Callable[[], Work],
        doing: str,
        then: Callable[[], Awaitable[None]] | None,
    ) -> None:
        """Queue work; `then` is called when it is done, None: when there is a plan."""
        assert self._view is not None
        try:
            wanted = work()
            job = await blocking(lambda: self.workspace.queue.add(wanted, actor="studio"))
        except SongreelError as error:
            self._view.refuse(str(error))
            self._view.busy()
            return
        self._job, self._then = job.id, then
        self._view.busy(doing)

    async def _happened(self, events: Sequence[JobEvent]) -> None:
        ours = [event for event in events if event.job == self._job]
        if self._left or not (ours or self._job):
            if not self._left and self._view is not None and await blocking(self._there):
                await self._leave()  # planned from elsewhere: another window, the command line
            return
        if self._then is None and await blocking(self._there):
            await self._leave()
            return
        if not any(event.kind == "state" for event in ours):
            return
        job = await blocking(self.workspace.queue.get, self._job)
        if job.state not in ENDED:
            return
        self._job = ""
        if job.state == "done" and self._then is not None:
            await self._then()
        elif job.state == "done":
            await self._leave()
        elif self._view is not None:
            self._view.busy()
            self._view.refuse(job.error or "it was cancelled")

    def _there(self) -> bool:
        entry = self.workspace.projects.find(self.project_id)
        return Project(Path(entry.folder)).plan.is_file()

    async def _leave(self) -> None:
        """The film's own page takes over."""
        if not self._left:
            self._left = True
            await self._draft.drop()
            await self._planned()
