"""Errors a person can act on, named by who can act."""


class SongreelError(Exception):
    """Base of every error whose text is one clear sentence for the person at the keyboard."""


class InvalidInput(SongreelError):
    """A file, value or option given by the user cannot be used; the user can mend it."""


class MachineError(SongreelError):
    """The machine cannot do it: disk full, folder read-only, a library that is missing."""


class ProviderError(SongreelError):
    """A source of clips failed.

    Args:
        text: What failed, which value, where, and the way out.
        provider: Name of the provider.
        retryable: Whether asking again, unchanged, can help.
    """

    def __init__(self, text: str, *, provider: str, retryable: bool = False) -> None:
        super().__init__(text)
        self.provider = provider
        self.retryable = retryable
