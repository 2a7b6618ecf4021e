"""Where songreel keeps what spans projects, and how many cores it uses."""

import os
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_config_path, user_data_path

from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.generation.farm.farm import Farm


@dataclass(frozen=True)
class Settings:
    """Settings of this run."""

    workspace: Path
    """Folder of caches that span projects. Losing it loses no film."""
    workers: int
    """Clips and segments made at once."""
    database: str
    """Of the workspace: an SQLAlchemy URL."""
    config: Path
    """Folder of what the user adds: `catalogue.toml`, `keys.toml`, `looks/`, `styles/`."""
    assets_url: str = ""
    """Where assets lie, as fsspec names it (`s3://bucket/songreel`); empty: in the workspace."""
    storage_price: Decimal | None = None
    """USD for a GB (2³⁰ bytes) of assets held for a month; None: nothing is paid, or not known."""
    actor: str = "cli"
    """Who works, for the audit trail: `cli`, `studio`, `rest`, `notebook`. Not of the
    environment."""
    farm: "Farm | None" = None
    """Who makes clips of local sources; None: this process. Never from the environment."""

    @classmethod
    def load(cls, workspace: Path | None = None) -> "Settings":
        """Settings from `workspace`, the environment, and the machine, in this order.

        `SONGREEL_WORKSPACE` names the workspace, `SONGREEL_WORKERS` the number of workers,
        `SONGREEL_DATABASE` a database by URL, `SONGREEL_ASSETS` a place for assets by URL,
        `SONGREEL_STORAGE_USD_PER_GB_MONTH` what that costs, `SONGREEL_CONFIG` the folder of the
        user's own models, looks, styles and keys; the defaults are the platform's folders, an
        SQLite file and a folder in the workspace, and one worker a usable core.

        Raises:
            InvalidInput: `SONGREEL_WORKERS` is not a whole number of at least 1, or the price of
                storage no amount.
        """
        named = os.environ.get("SONGREEL_WORKSPACE")
        folder = workspace or (Path(named) if named else user_data_path("songreel"))
        text = os.environ.get("SONGREEL_WORKERS", "")
        if text and not (text.isdigit() and int(text) >= 1):
            raise InvalidInput(f"SONGREEL_WORKERS is {text!r}; it must be a whole number from 1 up")
        config = os.environ.get("SONGREEL_CONFIG")
        return cls(
            workspace=folder,
            workers=int(text) if text else usable_cores(),
            database=os.environ.get("SONGREEL_DATABASE") or f"sqlite:///{folder / 'songreel.db'}",
            config=Path(config) if config else user_config_path("songreel"),
            assets_url=os.environ.get("SONGREEL_ASSETS", ""),
            storage_price=_price("SONGREEL_STORAGE_USD_PER_GB_MONTH"),
        )

    @property
    def assets(self) -> str:
        """Where assets lie: an fsspec URL."""
        return self.assets_url or (self.workspace / "assets").absolute().as_uri()

    @property
    def catalogue(self) -> Path | None:
        """The user's own models, where there are any."""
        path = self.config / "catalogue.toml"
        return path if path.is_file() else None

    @property
    def models(self) -> Path | None:
        """The user's own local models, where there are any."""
        path = self.config / "local.toml"
        return path if path.is_file() else None

    @property
    def looks(self) -> Path | None:
        """Folder of the user's own looks, where there is one."""
        path = self.config / "looks"
        return path if path.is_dir() else None

    @property
    def styles(self) -> Path | None:
        """Folder of the user's own cutting styles, where there is one."""
        path = self.config / "styles"
        return path if path.is_dir() else None


def _price(name: str) -> Decimal | None:
    text = os.environ.get(name, "").strip()
    if not text:
        return None
    try:
        price = Decimal(text)
    except InvalidOperation:
        price = Decimal(-1)
    if not (price.is_finite() and 0 <= price < 1000):
        raise InvalidInput(f"{name} is {text!r}; it must be an amount of USD, e.g. 0.023")
    return price


def usable_cores() -> int:
    """Cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
