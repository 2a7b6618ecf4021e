"""Heavy libraries, asked for without loading them: `need`."""

from importlib.util import find_spec

from songreel.models.errors import MachineError


def need(library: str) -> None:
    """See that `library` is installed.

    Raises:
        MachineError: It is not.
    """
    if find_spec(library) is None:
        raise MachineError(
            f"local models need {library}, which is not installed: pip install 'songreel[local]'"
        )
