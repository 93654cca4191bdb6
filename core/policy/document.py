"""The policy document: TOML in, validated values out; a mistake names its line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from core.claim import Phase
from core.errors import ConfigError
from core.money import EXPONENTS, Money, MoneyError
from core.policy.facts import Action, Mode
from core.policy.lines import line_of

__all__ = ["Override", "Policy", "Step", "load_policy", "load_template", "parse_override", "template_names", "with_override"]

COUNTRIES: Final = ("SE",)
"""Countries whose law the engine knows."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a policy.

    Attributes:
        after_days: days after the due date; None counts from the step before (`after_previous_days`).
        after_previous_days: days after the deadline of the letter before has run out.
        channel: "email" is by mail where the books have an address and by post elsewhere; "print" is always by post.
        line: where it stands in the document.
    """

    action: Action
    mode: Mode
    after_days: int | None
    after_previous_days: int | None
    pay_within_days: int
    channel: Literal["email", "print"]
    minimum: Money
    statutory_fee: bool
    announces_collection: bool
    line: int


@dataclass(frozen=True, slots=True)
class Policy:
    """A client's policy, as it applies to one invoice."""

    name: str
    country: str
    currency: str
    steps: tuple[Step, ...]
    bundle_by_debtor: bool
    allow_legal: bool
    end_stage: Phase
    small_amount: Money


@dataclass(frozen=True, slots=True)
class Override:
    """What one debtor or one invoice has otherwise: a mode for every step, another minimum, more days."""

    mode: Mode | None = None
    minimum: str | None = None
    extra_days: int | None = None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)


class _Step(_Strict):
    action: Action
    mode: Mode = Mode.AUTO
    after_days: StrictInt | None = Field(default=None, ge=0, le=3650)
    after_previous_days: StrictInt | None = Field(default=None, ge=0, le=3650)
    pay_within_days: StrictInt = Field(default=10, ge=1, le=90)
    channel: Literal["email", "print"] = "email"
    minimum: str = "0.00"
    fee: Literal["none", "statutory"] = "none"
    announces_collection: StrictBool = False


class _Handover(_Strict):
    allow_legal: StrictBool = False
    end_stage: Phase = Phase.PRE_LEGAL_NOTICE
    one_claim_per: Literal["debtor", "invoice"] = "debtor"


class _Document(_Strict):
    name: str = Field(min_length=1)
    country: str
    currency: str
    small_amount: str = "1.00"
    handover: _Handover = _Handover()
    step: list[_Step] = Field(min_length=1)


class _Override(_Strict):
    mode: Mode | None = None
    minimum: str | None = Field(default=None, pattern=r"^\d{1,9}(\.\d{1,2})?$")
    extra_days: StrictInt | None = Field(default=None, ge=0, le=365)


def load_policy(text: str, source: str) -> Policy:
    """Read a policy document.

    Raises:
        ConfigError: naming the source's line, the key and what is wrong with it.
    """
    raw = _parse(text, source)
    try:
        document = _Document.model_validate(raw)
    except ValidationError as error:
        raise _mistake(text, source, *_first_mistake(error)) from None
    if document.country not in COUNTRIES:
        raise _mistake(
            text, source, ("country",), f"the law of {document.country!r} is not known", f"Write one of: {', '.join(COUNTRIES)}."
        )
    if document.currency not in EXPONENTS:
        raise _mistake(text, source, ("currency",), f"{document.currency!r} is no currency we know", "Write a code like SEK.")
    steps = [_step(text, source, document, index) for index in range(len(document.step))]
    _check_order(text, source, steps)
    return Policy(
        name=document.name, country=document.country, currency=document.currency, steps=tuple(steps),
        bundle_by_debtor=document.handover.one_claim_per == "debtor", allow_legal=document.handover.allow_legal,
        end_stage=document.handover.end_stage, small_amount=_money(text, source, ("small_amount",), document.small_amount, document.currency),
    )  # fmt: skip


def load_template(name: str) -> str:
    """Return the document of a template."""
    if name not in template_names():
        raise ConfigError(f"policy {name}", "there is no such template", f"Templates: {', '.join(template_names())}.")
    return files("core.policy").joinpath("templates", f"{name}.toml").read_text(encoding="utf-8")


def template_names() -> list[str]:
    """Return the names of the templates."""
    return sorted(
        path.name.removesuffix(".toml") for path in files("core.policy").joinpath("templates").iterdir() if path.name.endswith(".toml")
    )


def parse_override(text: str) -> Override:
    """Read the override of a debtor or an invoice."""
    raw = _parse(text, "override")
    try:
        found = _Override.model_validate(raw)
    except ValidationError as error:
        _, wrong, todo = _first_mistake(error)
        raise ConfigError("override", wrong, todo) from None
    return Override(found.mode, found.minimum, found.extra_days)


def with_override(policy: Policy, debtor: Override | None, invoice: Override | None) -> Policy:
    """Return the policy of one invoice: what the tenant has, then the debtor's, then the invoice's own."""
    given = [override for override in (invoice, debtor) if override is not None]
    if not given:
        return policy
    merged = Override(
        mode=next((one.mode for one in given if one.mode is not None), None),
        minimum=next((one.minimum for one in given if one.minimum is not None), None),
        extra_days=next((one.extra_days for one in given if one.extra_days is not None), None),
    )
    return replace(policy, steps=tuple(_overridden(step, merged, policy.currency) for step in policy.steps))


def _overridden(step: Step, override: Override, currency: str) -> Step:
    """Return a step with an override; none turns on a step that is off, nor releases a demand (inkassolag 2 §)."""
    days = step.after_days if step.after_days is None or override.extra_days is None else step.after_days + override.extra_days
    minimum = step.minimum if override.minimum is None else Money.parse(override.minimum, currency)
    fixed = step.mode == Mode.OFF or (step.action == Action.DEMAND and override.mode == Mode.AUTO)
    return replace(step, mode=step.mode if fixed else override.mode or step.mode, minimum=minimum, after_days=days)


def _step(text: str, source: str, document: _Document, index: int) -> Step:
    raw = document.step[index]
    path = ("step", index)
    if (raw.after_days is None) == (raw.after_previous_days is None):
        raise _mistake(
            text, source, path, "a step counts from the due date or from the step before", "Write one of after_days, after_previous_days."
        )
    if index == 0 and raw.after_days is None:
        raise _mistake(text, source, (*path, "after_previous_days"), "the first step has none before it", "Write after_days.")
    if raw.action == Action.DEMAND and raw.pay_within_days < 8:
        raise _mistake(
            text, source, (*path, "pay_within_days"), "a demand gives at least 8 days (god inkassosed, inkassolag 5 §)", "Write 8 or more."
        )
    if raw.action == Action.DEMAND and raw.mode == Mode.AUTO:
        raise _mistake(text, source, (*path, "mode"), "a demand is released by the creditor itself (inkassolag 2 §)", 'Write mode = "ask".')
    return Step(
        raw.action, raw.mode, raw.after_days, raw.after_previous_days, raw.pay_within_days, raw.channel,
        _money(text, source, (*path, "minimum"), raw.minimum, document.currency), raw.fee == "statutory", raw.announces_collection,
        line_of(text, path),
    )  # fmt: skip


def _check_order(text: str, source: str, steps: Sequence[Step]) -> None:
    last = -1
    for index, step in enumerate(steps):
        if step.after_days is not None:
            if step.after_days <= last:
                raise _mistake(
                    text, source, ("step", index, "after_days"), "steps stand in the order of their days", "Put it where it belongs."
                )
            last = step.after_days
        if step.action == Action.HANDOVER and index < len(steps) - 1 and steps[index + 1].action != Action.PROPOSE_WRITE_OFF:
            raise _mistake(
                text, source, ("step", index + 1), "nothing of ours follows a handover", "After it only the agency writes to the debtor."
            )


def _parse(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = found.group(1) if found else "1"
        raise ConfigError(f"{source}:{line}", f"this is no TOML: {str(error).partition(' (at')[0].lower()}", "Mend the line.") from None


_WRONG: Final[Mapping[str, tuple[str, str]]] = {
    "enum": ("is none of the words known here", "Write {expected}."),
    "literal_error": ("is none of the words known here", "Write {expected}."),
    "int_type": ("is no whole number", "Write it like 10, without quotes."),
    "bool_type": ("is neither true nor false", "Write true or false, without quotes."),
    "greater_than_equal": ("is too little", "Write {ge} or more."),
    "less_than_equal": ("is too much", "Write {le} or less."),
    "string_type": ("is no text", 'Write it in quotes, like "100.00".'),
    "string_too_short": ("says nothing", "Give it a name."),
    "string_pattern_mismatch": ("is no amount", "Write it like 500.00."),
    "too_short": ("holds nothing", "Write at least one [[step]]."),
    "list_type": ("is no list of tables", "Write each of them under [[step]]."),
    "model_type": ("is no table of keys", "See `kravbro policy show se-standard` for how it is written."),
}
"""What pydantic finds → what is wrong and what to do, in words."""


def _first_mistake(error: ValidationError) -> tuple[tuple[str | int, ...], str, str]:
    """Return where the first mistake is, what is wrong, and what to do."""
    first = error.errors()[0]
    path = tuple(first["loc"])
    if first["type"] == "extra_forbidden":
        return path, f"there is no key `{path[-1]}`", "See `kravbro policy show se-standard` for those there are."
    if first["type"] == "missing":
        return path[:-1], f"the key `{path[-1]}` is missing", "Add it."
    wrong, todo = _WRONG[first["type"]]
    key = next(part for part in reversed(path) if isinstance(part, str))
    return path, f"`{key}`: {first['input']!r} {wrong}", todo.format_map(first.get("ctx", {}))


def _mistake(text: str, source: str, path: Sequence[Any], wrong: str, todo: str) -> ConfigError:
    step = next((f"step {part + 1}: " for part in path if isinstance(part, int)), "")
    return ConfigError(f"{source}:{line_of(text, path)}", f"{step}{wrong}", todo)


def _money(text: str, source: str, path: Sequence[Any], amount: str, currency: str) -> Money:
    try:
        money = Money.parse(amount, currency)
    except MoneyError as error:
        raise _mistake(text, source, path, f"`{path[-1]}`: {error}", 'Write it as "100.00".') from None
    if money.minor < 0:
        raise _mistake(text, source, path, f"`{path[-1]}` is negative", 'Write it as "100.00".')
    return money


def as_mapping(policy: Policy) -> Mapping[str, Any]:
    """Return a policy as plain values, for listings."""
    return {
        "name": policy.name, "country": policy.country, "currency": policy.currency,
        "steps": [
            {"line": s.line, "action": str(s.action), "mode": str(s.mode), "after_days": s.after_days, "after_previous_days": s.after_previous_days,
             "channel": s.channel, "minimum": s.minimum.text(), "pay_within_days": s.pay_within_days}
            for s in policy.steps
        ],
    }  # fmt: skip
