"""Who is told of jobs from outside: `/api/webhooks`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.models.webhook import Told, Webhook
from songreel.store.webhooks import Webhooks
from songreel.web.errors import Refused
from songreel.web.routes.here import ID, Guard, Here

router = APIRouter(prefix="/api", tags=["webhooks"])


class NewWebhook(Frozen):
    """An address to which events of jobs are to be posted."""

    url: Annotated[str, Field(min_length=1, max_length=2000)]
    """`https://…`; inside a private network only where nobody of another machine asks for it."""
    kinds: Annotated[tuple[Told, ...], Field(min_length=1, max_length=4)] = ("state",)
    """Of events."""


class AddedWebhook(Frozen):
    """A webhook and the secret with which its messages are signed, told this once."""

    webhook: Webhook
    secret: str
    """`whsec_…`, as Standard Webhooks has it."""


def _webhooks(here: Here) -> Webhooks:
    return Webhooks(here.database, here.settings.workspace)


Hooks = Annotated[Webhooks, Depends(_webhooks)]
WebhookPath = Annotated[str, Path(pattern=ID, description="Id of the webhook.")]


@router.get("/webhooks")
def list_webhooks(hooks: Hooks) -> tuple[Webhook, ...]:
    """Who is told, and how that goes; never a secret."""
    return hooks.all()


@router.post("/webhooks", status_code=201)
def add_webhook(
    hooks: Hooks, here: Here, guard: Guard, wanted: NewWebhook, response: Response
) -> AddedWebhook:
    """Have an address told of what happens to jobs from now on."""
    from songreel.queue.addresses import checked_url

    private = not guard.remote
    try:
        url = checked_url(wanted.url, private=private)
    except InvalidInput as error:
        raise Refused(422, str(error), "body.url") from error
    added, secret = hooks.add(url, wanted.kinds, private=private)
    here.trail.add("webhook.added", subject=added.id, detail={"kinds": list(added.kinds)})
    response.headers["location"] = f"/api/webhooks/{added.id}"
    return AddedWebhook(webhook=added, secret=secret)


@router.get("/webhooks/{webhook}")
def get_webhook(hooks: Hooks, webhook: WebhookPath) -> Webhook:
    """How telling an address goes."""
    try:
        return hooks.get(webhook)
    except InvalidInput as error:
        raise Refused(404, str(error), "path.webhook") from error


@router.post("/webhooks/{webhook}/enable")
def enable_webhook(hooks: Hooks, webhook: WebhookPath) -> Webhook:
    """Go on telling an address that was given up, where it was left."""
    get_webhook(hooks, webhook)
    return hooks.enable(webhook)


@router.delete("/webhooks/{webhook}", status_code=204)
def remove_webhook(hooks: Hooks, here: Here, webhook: WebhookPath) -> Response:
    """Tell an address no more."""
    get_webhook(hooks, webhook)
    hooks.remove(webhook)
    here.trail.add("webhook.removed", subject=webhook)
    return Response(status_code=204)
