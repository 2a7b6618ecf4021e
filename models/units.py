"""Numbers with a meaning: `Seconds`, `Unit`, `Signed`."""

from typing import Annotated

from pydantic import Field

Seconds = Annotated[float, Field(ge=0)]
Unit = Annotated[float, Field(ge=0, le=1)]
Signed = Annotated[float, Field(ge=-1, le=1)]
