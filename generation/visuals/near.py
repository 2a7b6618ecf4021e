"""Words near those that scenes are called by: how a free prompt reaches a scene.

Each line is an association that a director would make without being asked. It leads to words,
not to scenes, so that a scene that another package brings is reached by them too.
"""

_TABLE = """
love heart kiss romance tender wedding: petal flower rose silk
desire passion lust sensual: silk ink petal neon
baby birth born mother cradle: cell bloom petal
childhood child kid play toy lullaby: paper fairytale theatre
tale story fable legend myth once: paper silhouette ruin
dance dancer party disco celebration rave: laser kaleidoscope club
festival carnival crowd stadium: kaleidoscope laser lantern
club dj techno house bass: neon laser equalizer
loud noise drum beat rhythm sound music: equalizer spectrum pulse
voice choir sing song radio: waveform string
guitar violin piano cello orchestra: string harp
lonely loneliness alone solitude lost empty: mist winter monolith
sad sorrow tear cry grief mourning: rain ink drop
dream dreaming sleep lullaby drift: nebula cloud smoke
memory remember nostalgia photograph past: paper dusk petal
hope hopeful rising dawn morning: sunrise aurora bird
faith prayer church cathedral god holy: temple pillar stone
heaven angel soul spirit eternity: nebula aurora wing
ghost haunted fear nightmare monster: fog monolith smoke
death dead grave funeral tomb: monolith stone fog
war battle army fight soldier: ruin smoke ember
rage anger fury scream riot: smoke spark ink
fire burn flame blaze lava volcano: ember spark smoke
ash dust explosion blast: smoke particle nebula
power giant king throne empire: monolith obelisk tower
ancient desert egypt pyramid temple: obelisk ruin stone
mountain climb summit cliff: ridge peak
storm thunder lightning tempest: wave swell rain
summer holiday paradise palm: beach sunset
swim dive diver ship boat sailor fish: sea wave
whale shark coral reef underwater: coral ocean
rainy puddle umbrella wet: rain street
road travel journey ride motorcycle train: highway tunnel
run chase race fast escape: speed tunnel
fly flight flying freedom free plane: bird murmuration wing
people crowd together swarm: flock swarm
town downtown taxi apartment office home: city window
night midnight nightlife: city star
future robot machine computer android: digital neon tunnel
hacker code data cyber internet: digital cyber geometry
cosmos astronaut alien ufo rocket satellite: galaxy planet space
infinite universe gravity black-hole: galaxy space
magic wizard spell enchanted mystic: kaleidoscope aurora
psychedelic trip hallucination lsd: kaleidoscope mandala
meditation zen calm peace breathe: mandala ripple ink
time clock forever endless: tunnel monolith
nature plant tree leaf garden spring: flower forest
autumn fall harvest october: leaf dusk flock
cold frozen ice freeze: frost snow
life alive grow body blood dna: cell growth pattern
microscope virus bacteria organic: cell growth lichen
secret mask shadow hidden: silhouette smoke
poem poetry letter book lyric: paper ink
paint painting brush colour color art: ink
money gold luxury diamond: gold crystal kaleidoscope
mirror glass crystal jewel: kaleidoscope crystal
thread web spider weave knot: thread string
wind breeze air blow: silk bird
moon lunar: moon moonlight
sun sunny golden warm: sunset
chaos mad madness crazy: vortex swarm
"""


def _read(table: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in table.strip().splitlines():
        said, _, meant = line.partition(":")
        for word in said.split():
            found[word] = tuple(dict.fromkeys((*found.get(word, ()), *meant.split())))
    return found


NEAR = _read(_TABLE)
"""By word, lower case and singular: the words it is near to."""

_COMMON = """
light night sky blue sun cold dark water wave line evening drive current landscape sign gate
digital pattern skin body spark dust drop ring colour color star space orbit
track crane weave gold rose silver home warm soft pale deep small great wide close slow fast run
movement white black
"""

WEAK = frozenset(_COMMON.split())
"""Words of scenes that prompts use for much else: they count less than half."""
