"""What a model would refuse in the JSON that asks it: `check`."""

from collections.abc import Mapping

from songreel.generation.catalogue.offer import Offer, Plain


def check(offer: Offer, sent: Mapping[str, object]) -> list[str]:
    """What `offer` would refuse in the JSON input `sent`; a sentence each, empty if legal."""
    faults = [f"{offer.key} has no input {name}" for name in sent if name not in offer.inputs]
    for name, given in offer.inputs.items():
        if name not in sent:
            if given.required:
                faults.append(f"{offer.key} needs the input {name}")
        elif fault := given.fault(sent[name]):
            faults.append(f"{offer.key}: {name} {fault}")
    for role, limits in (("prompt", offer.prompt), ("negative", offer.negative)):
        text = sent.get(offer.carrying(role) or "")  # type: ignore[arg-type]
        if limits.characters and isinstance(text, str) and len(text) > limits.characters:
            faults.append(
                f"{offer.key}: the {role} has {len(text)} characters, at most {limits.characters}; "
                "shorten it"
            )
    effective = offer.effective(sent)
    for rule in offer.rules:
        if rule.given in sent:
            if not holds(rule.needs, effective):
                faults.append(f"{offer.key}: {rule.given} needs {_spoken(rule.needs)}")
            faults += [
                f"{offer.key}: {rule.given} cannot go without {other}"
                for other in rule.along
                if other not in sent
            ]
            faults += [
                f"{offer.key}: {rule.given} and {other} exclude each other"
                for other in rule.bars
                if other in sent
            ]
    return faults


def holds(needs: Mapping[str, tuple[Plain, ...]], values: Mapping[str, object]) -> bool:
    """Whether every value is among those it may be."""
    return all(values.get(name) in allowed for name, allowed in needs.items())


def _spoken(needs: Mapping[str, tuple[Plain, ...]]) -> str:
    return " and ".join(f"{name} {' or '.join(map(repr, v))}" for name, v in needs.items())
