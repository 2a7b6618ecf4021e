"""Errors a person can act on, named by who can act."""


class SongreelError(Exception):
    """Base of every error whose text is one clear sentence for the person at the keyboard."""


class InvalidInput(SongreelError):
    """A file, value or option given by the user cannot be used; the user can mend it."""


class MachineError(SongreelError):
    """The machine cannot do it: disk full, folder read-only, a library that is missing."""


class BudgetExceeded(SongreelError):
    """A purchase would pass a limit the user has set; nothing was bought."""


class ProviderError(SongreelError):
    """A source of clips failed.

    Args:
        text: What failed, which value, where, and the way out.
        provider: Name of the provider.
        retryable: Whether asking again, unchanged, can help and cannot buy twice.
        ambiguous: Whether the request may have been taken (and will be billed) although no answer
            came. It is never sent again before the service was asked with `Provider.find`.
        retry_after: Seconds after which the service wants to be asked again, where it said so.
        refused: Whether the service refuses this content: the same words with another seed will
            not do, another model may.
        down: Whether the service serves no request at all just now (bad key, no credit): there
            is no use in asking it for the other shots.
        charged: Whether the service bills for it all the same.
    """

    def __init__(
        self,
        text: str,
        *,
        provider: str,
        retryable: bool = False,
        ambiguous: bool = False,
        retry_after: float | None = None,
        refused: bool = False,
        down: bool = False,
        charged: bool = False,
    ) -> None:
        super().__init__(text)
        self.provider = provider
        self.retryable = retryable
        self.ambiguous = ambiguous
        self.retry_after = retry_after
        self.refused = refused
        self.down = down
        self.charged = charged
