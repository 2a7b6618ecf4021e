"""The workspace: everything that is there, and every use case by ids instead of paths.

The studio, REST and notebooks work through a `Workspace`; nothing of what it takes or gives is a
path on the server that a remote person could choose.
"""

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.editing import Editing
    from songreel.services import Services
    from songreel.store.analyses import Analyses
    from songreel.store.assets import Assets
    from songreel.store.database import Database
    from songreel.store.plans import Plans
    from songreel.store.projects import Projects
    from songreel.store.queue import Queue
    from songreel.store.trail import Trail
    from songreel.store.webhooks import Webhooks
    from songreel.unchanged import Documents

DOCUMENTS = 10_000
"""That are remembered: the clips of a few long films."""


class Workspace:
    """One workspace, its parts opened when they are first needed.

    Args:
        settings: Of this run.
        actor: Who works here, for the audit trail: `cli`, `studio`, `rest`, `notebook`.
    """

    def __init__(self, settings: Settings, actor: str = "cli") -> None:
        self.settings, self.actor = replace(settings, actor=actor), actor

    @cached_property
    def database(self) -> "Database":
        """The database, opened once."""
        from songreel.store.database import Database

        return Database(self.settings.database)

    @cached_property
    def services(self) -> "Services":
        """The use cases on folders."""
        from songreel.services import Services

        return Services(self.settings)

    @cached_property
    def projects(self) -> "Projects":
        """Projects and where they lie."""
        from songreel.store.projects import Projects

        return Projects(self.database, self.actor)

    @cached_property
    def assets(self) -> "Assets":
        """Files by content."""
        from songreel.store.assets import Assets

        return Assets(
            self.database,
            self.settings.assets,
            cache=self.settings.workspace / "copies",
            actor=self.actor,
        )

    @cached_property
    def plans(self) -> "Plans":
        """Every plan that projects have had."""
        from songreel.store.plans import Plans

        return Plans(self.database, self.assets)

    @cached_property
    def analyses(self) -> "Analyses":
        """What was heard in songs."""
        from songreel.store.analyses import Analyses

        return Analyses(self.database, self.actor)

    @cached_property
    def queue(self) -> "Queue":
        """Work that waits or is being done."""
        from songreel.store.queue import Queue

        return Queue(self.database)

    @cached_property
    def webhooks(self) -> "Webhooks":
        """Who is told of jobs from outside."""
        from songreel.store.webhooks import Webhooks

        return Webhooks(self.database, self.settings.workspace)

    @cached_property
    def trail(self) -> "Trail":
        """Who did what."""
        from songreel.store.trail import Trail

        return Trail(self.database, self.actor)

    @cached_property
    def documents(self) -> "Documents":
        """Documents of projects that were read."""
        from songreel.unchanged import Documents

        return Documents(DOCUMENTS)

    @cached_property
    def editing(self) -> "Editing":
        """Plans changed by hand."""
        from songreel.editing import Editing

        return Editing(self)

    def acting(self, actor: str) -> "Workspace":
        """The same workspace with another actor; what was read once is known to both."""
        other = Workspace(self.settings, actor)
        other.documents = self.documents
        return other

    @property
    def films(self) -> Path:
        """Folder in which projects are made that nobody names a folder for."""
        return self.settings.workspace / "projects"
