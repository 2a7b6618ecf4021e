"""The REST interface, one module a resource."""

from fastapi import APIRouter


def all_routers() -> tuple[APIRouter, ...]:
    """Every router, in the order of the description."""
    from songreel.web.routes import (
        choices,
        description,
        editing,
        events,
        finishing,
        jobs,
        machine,
        media,
        money,
        plans,
        projects,
        uploads,
        webhooks,
    )

    modules = (
        uploads, projects, editing, plans, finishing, media, jobs, events, choices, money, machine,
        webhooks, description,
    )  # fmt: skip
    return tuple(module.router for module in modules)
