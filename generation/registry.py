"""Which providers there are: entry points of the group `songreel.providers`."""

from songreel.generation.points import Registry
from songreel.generation.provider import Provider

GROUP = "songreel.providers"

_CLIPS: Registry[Provider] = Registry(GROUP, "source of clips")

providers = _CLIPS.names
create = _CLIPS.create
describe = _CLIPS.describe
standings = _CLIPS.standings
