"""One conversation with a language model at an OpenAI-compatible endpoint, with a memory."""

import hashlib
import json
import os
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import whole

Mode = Literal["json_schema", "json_object", "text"]
MODES: tuple[Mode, ...] = ("json_schema", "json_object", "text")
"""Ways to ask for JSON, the strictest first. What a server does not know it refuses with 4xx."""
HOME = "https://api.openai.com/v1"
LONGEST = 200_000
"""Characters of an answer."""

Message = dict[str, str]


class WriterSettings(Frozen):
    """Who writes, and how it is asked."""

    model: str
    """Name of the model, as its server calls it."""
    base_url: str | None = None
    """Of the endpoint; None: `OPENAI_BASE_URL`, else OpenAI's own."""
    api_key: SecretStr | None = None
    """None: `OPENAI_API_KEY`. A local server may need none."""
    cache: Path | None = None
    """Folder of answers: the same question is paid once and has the same answer."""
    seed: int = 0
    timeout: float = Field(default=120.0, gt=0)
    """Seconds without a byte until a question is given up."""
    retries: int = Field(default=2, ge=0, le=5)
    """For lost connections, 429 and 5xx: an answer costs little, and none is stored twice."""


class Silent(Exception):
    """No answer; the text says why, without the key."""

    def __init__(self, text: str, *, final: bool = True) -> None:
        super().__init__(text)
        self.final = final
        """Whether there is no use in asking the rest."""


class _Answer(Frozen):
    """What is remembered of an answer."""

    content: str
    mode: Mode
    left_out: tuple[str, ...]
    """Settings that the server does not take."""
    tokens: tuple[int, int] | None


class Scribe:
    """Asks questions and counts what they cost.

    Raises:
        InvalidInput: The `openai` package is not installed.
    """

    def __init__(self, settings: WriterSettings) -> None:
        if find_spec("openai") is None:
            raise InvalidInput(
                "a writer needs the openai package: `pip install 'songreel[writer]'`"
            )
        self._settings = settings
        self._base = settings.base_url or os.environ.get("OPENAI_BASE_URL") or HOME
        self._key = (
            settings.api_key.get_secret_value()
            if settings.api_key
            else os.environ.get("OPENAI_API_KEY", "")
        )
        self._mode: Mode = MODES[0]
        self._left_out: tuple[str, ...] = ()
        self._client: Any = None
        self.answers = 0
        self.tokens: tuple[int, int] | None = None
        """Read and written, where the server counts them."""

    def __enter__(self) -> "Scribe":
        return self

    def __exit__(self, *_: object) -> None:
        if self._client is not None:
            self._client.close()

    @property
    def host(self) -> str:
        """Who is asked, without what an address may carry besides."""
        return urlsplit(self._base).hostname or "the endpoint"

    def notices(self) -> list[str]:
        """How it was asked, and what it cost."""
        told: list[str] = []
        name = f"writer {self._settings.model}"
        if self._mode != MODES[0]:
            what = "plain JSON" if self._mode == "json_object" else "JSON in words"
            told.append(f"{name}: {self.host} does not know JSON schemas; it was asked for {what}")
        if self._left_out:
            left = " and ".join(self._left_out)
            told.append(f"{name} takes no {left}; another run may be answered differently")
        if self.answers:
            cost = "tokens not told"
            if self.tokens is not None:
                cost = f"{self.tokens[0]} tokens read and {self.tokens[1]} written"
            told.append(f"{name}: {self.answers} answers, {cost}")
        return told

    def ask(self, messages: Sequence[Message], name: str, schema: dict[str, Any]) -> str:
        """The text of the answer to `messages`; the same question has the same answer.

        Raises:
            Silent: No connection, no credit, a refusal, or no text.
            MachineError: The cache cannot be written.
        """
        question = {
            "model": self._settings.model, "base": self._base, "messages": list(messages),
            "schema": schema, "seed": self._settings.seed,
        }  # fmt: skip
        digest = hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
        answer = self._remembered(digest) or self._asked(messages, name, schema, digest)
        self._mode, self._left_out = answer.mode, answer.left_out
        self.answers += 1
        if answer.tokens is not None:
            read, written = self.tokens or (0, 0)
            self.tokens = (read + answer.tokens[0], written + answer.tokens[1])
        return answer.content

    def _remembered(self, digest: str) -> _Answer | None:
        if self._settings.cache is None:
            return None
        try:
            path = self._settings.cache / f"{digest}.json"
            return _Answer.model_validate_json(path.read_bytes())
        except (OSError, ValueError):
            return None  # not there, or torn: it is asked anew

    def _asked(
        self, messages: Sequence[Message], name: str, schema: dict[str, Any], digest: str
    ) -> _Answer:
        import openai

        if not self._key and self._base == HOME:
            raise Silent("OPENAI_API_KEY is not set")
        try:
            if self._client is None:
                self._client = openai.OpenAI(
                    api_key=self._key or "none",
                    base_url=self._base,
                    timeout=self._settings.timeout,
                    max_retries=self._settings.retries,
                )
            reply = self._sent(messages, name, schema)
            answer = self._read(reply)
        except openai.APITimeoutError as error:
            raise Silent(f"{self.host} did not answer in {self._settings.timeout:g} s") from error
        except openai.APIConnectionError as error:
            raise Silent(f"no connection to {self.host}") from error
        except openai.APIStatusError as error:
            text = f"{self.host} refused ({error.status_code}): {self._safe(error.message)}"
            raise Silent(text) from error
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise Silent(f"{self.host} sent no chat completion") from error
        except Silent:
            raise
        except Exception as error:
            # Below the client lies one transport or another, by its version, with errors of its
            # own; whichever it was, the film is made all the same.
            text = f"{self.host} could not be asked: {self._safe(str(error))}"
            raise Silent(text) from error
        self._remember(digest, answer)
        return answer

    def _sent(self, messages: Sequence[Message], name: str, schema: dict[str, Any]) -> Any:
        """The reply, asked for in the strictest way that the server knows."""
        import openai

        while True:
            wanted: dict[str, Any] = {"temperature": 0, "seed": self._settings.seed}
            for setting in self._left_out:
                del wanted[setting]
            if self._mode == "json_schema":
                shape = {"name": name, "strict": True, "schema": schema}
                wanted["response_format"] = {"type": "json_schema", "json_schema": shape}
            elif self._mode == "json_object":
                wanted["response_format"] = {"type": "json_object"}
            try:
                return self._client.chat.completions.create(
                    model=self._settings.model, messages=list(messages), **wanted
                )
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                text = str(error).lower()
                unknown = [s for s in ("temperature", "seed") if s in wanted and s in text]
                if unknown:
                    self._left_out = (*self._left_out, *unknown)
                elif self._mode != MODES[-1]:
                    self._mode = MODES[MODES.index(self._mode) + 1]
                else:
                    raise

    def _read(self, reply: Any) -> _Answer:
        choice = reply.choices[0]
        refusal = getattr(choice.message, "refusal", None)
        if refusal or choice.finish_reason == "content_filter":
            raise Silent(f"{self._settings.model} refused to write this", final=False)
        content = choice.message.content
        if not isinstance(content, str) or not content.strip():
            raise Silent(f"{self._settings.model} sent an empty answer", final=False)
        if choice.finish_reason == "length" or len(content) > LONGEST:
            raise Silent(f"{self._settings.model} did not come to an end", final=False)
        counts = [
            getattr(reply.usage, name, None) for name in ("prompt_tokens", "completion_tokens")
        ]
        told = [count for count in counts if isinstance(count, int)]
        tokens = (told[0], told[1]) if len(told) == 2 else None
        return _Answer(content=content, mode=self._mode, left_out=self._left_out, tokens=tokens)

    def _remember(self, digest: str, answer: _Answer) -> None:
        folder = self._settings.cache
        if folder is None:
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MachineError(f"cannot write {folder}: {error.strerror}") from error
        with whole(folder / f"{digest}.json") as partial:
            partial.write_text(answer.model_dump_json() + "\n", encoding="utf-8")

    def _safe(self, text: str) -> str:
        """`text` on one line, short, and without the key."""
        shown = text.replace(self._key, "***") if self._key else text
        shown = re.sub(r"\b(?:sk|key|Bearer)[-_ ][\w*.-]{4,}", "***", shown)
        return " ".join(shown.split())[:160]
