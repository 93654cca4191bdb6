"""Reading a policy document: TOML in, validated values out; a mistake names its line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import time
from importlib.resources import files
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StringConstraints, ValidationError

from core.claim import Phase
from core.errors import ConfigError
from core.law import COUNTRIES as LAWS
from core.model import DebtorKind
from core.money import EXPONENTS, Money, MoneyError
from core.policy.document import ALWAYS, Cover, Limits, Override, Policy, Range, Sending, Step, When
from core.policy.facts import Action, Mode
from core.policy.lines import line_of

__all__ = ["load_policy", "load_template", "parse_override", "template_names"]

COUNTRIES: Final = tuple(country for country in LAWS if country != "EU")
"""Countries whose law is known in full; the EU's minimum is no country's law."""

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

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Days = Annotated[StrictInt, Field(ge=0, le=3650)]
Count = Annotated[StrictInt, Field(ge=0, le=100_000)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Amount = Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,2})?$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)


class _Count(_Strict):
    min: Count | None = None
    max: Count | None = None


class _Amount(_Strict):
    min: str | None = None
    max: str | None = None


class _When(_Strict):
    amount: _Amount | None = None
    days_overdue: _Count | None = None
    debtor_kinds: list[DebtorKind] = []
    unpaid_invoices: _Count | None = None
    mean_days_late: _Count | None = None
    broken_promises: _Count | None = None
    insured: StrictBool | None = None
    within_cover: StrictBool | None = None
    labels_any: list[Words] = []
    labels_none: list[Words] = []
    if_unknown: Literal["stop", "no", "yes"] = "stop"


class _Step(_Strict):
    action: Action
    mode: Mode = Mode.AUTO
    after_days: Days | None = None
    after_previous_days: Days | None = None
    pay_within_days: StrictInt = Field(default=10, ge=1, le=90)
    channel: Literal["email", "print"] = "email"
    minimum: str = "0.00"
    fee: str = Field(default="none", pattern=r"^(none|statutory|\d{1,9}(\.\d{1,2})?)$")
    announces_collection: StrictBool = False
    cooling_off_days: StrictInt = Field(default=0, ge=0, le=90)
    when: _When = _When()


class _Handover(_Strict):
    allow_legal: StrictBool = False
    end_stage: Phase = Phase.PRE_LEGAL_NOTICE
    one_claim_per: Literal["debtor", "invoice"] = "debtor"
    fees_left: Literal["waive", "go_on"] = "waive"
    agency_sends_notice: StrictBool = False


class _Insurance(_Strict):
    insured: StrictBool
    limit: str | None = None


class _Limits(_Strict):
    letters: Count = 200
    handovers: Count = 50
    amount: str = "500000.00"


class _Sending(_Strict):
    weekdays: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = Field(default=list(WEEKDAYS), min_length=1)
    from_: str = Field(default="00:00", alias="from")
    to: str = "23:59"
    bank_days_only: StrictBool = False


class _Document(_Strict):
    name: Words
    country: str
    currency: str
    small_amount: str = "1.00"
    one_letter_per: Literal["debtor", "invoice"] = "debtor"
    open_credits: Literal["stop", "net"] = "stop"
    thanks: StrictBool = False
    handover: _Handover = _Handover()
    insurance: _Insurance | None = None
    limits: _Limits = _Limits()
    sending: _Sending | None = None
    step: list[_Step] = Field(min_length=1)


class _Override(_Strict):
    mode: Mode | None = None
    minimum: Amount | None = None
    extra_days: StrictInt | None = Field(default=None, ge=0, le=365)
    cooling_off_days: StrictInt | None = Field(default=None, ge=0, le=90)
    one_letter_per: Literal["debtor", "invoice"] | None = None
    one_claim_per: Literal["debtor", "invoice"] | None = None
    open_credits: Literal["stop", "net"] | None = None
    fees_left: Literal["waive", "go_on"] | None = None
    insured: StrictBool | None = None
    insured_limit: Amount | None = None


class _Source:
    """A document being read: it knows its own text, so that a mistake names its line."""

    def __init__(self, text: str, name: str) -> None:
        self._text, self._name = text, name
        self.raw = self._parse()

    def line(self, path: Sequence[Any]) -> int:
        """Return the line of a key."""
        return line_of(self._text, path)

    def mistake(self, path: Sequence[Any], wrong: str, todo: str) -> ConfigError:
        """Return the error that tells of a mistake."""
        step = next((f"step {part + 1}: " for part in path if isinstance(part, int)), "")
        return ConfigError(f"{self._name}:{self.line(path)}", f"{step}{wrong}", todo)

    def first_mistake(self, error: ValidationError) -> ConfigError:
        """Return the error that tells of the first thing a validation found."""
        return self.mistake(*_first_mistake(error))

    def money(self, path: Sequence[Any], amount: str, currency: str) -> Money:
        """Return an amount, which is never negative."""
        try:
            money = Money.parse(amount, currency)
        except MoneyError as error:
            raise self.mistake(path, f"`{path[-1]}`: {error}", 'Write it as "100.00".') from None
        if money.minor < 0:
            raise self.mistake(path, f"`{path[-1]}` is negative", 'Write it as "100.00".')
        return money

    def _parse(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self._text)
        except RecursionError:
            raise ConfigError(
                f"{self._name}:1", "its brackets are nested too deep", "Write it like `kravbro policy show se-standard`."
            ) from None
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"line (\d+)", str(error))
            where = f"{self._name}:{found.group(1) if found else '1'}"
            raise ConfigError(where, f"this is no TOML: {str(error).partition(' (at')[0].lower()}", "Mend the line.") from None


def _first_mistake(error: ValidationError) -> tuple[tuple[str | int, ...], str, str]:
    """Return where the first mistake is, what is wrong, and what to do."""
    first = error.errors()[0]
    path = tuple(first["loc"])
    if first["type"] == "extra_forbidden":
        return path, f"there is no key `{path[-1]}`", "See `kravbro policy show se-standard` for those there are."
    if first["type"] == "missing":
        return path[:-1], f"the key `{path[-1]}` is missing", "Add it."
    key = next(part for part in reversed(path) if isinstance(part, str))
    wrong, todo = _WRONG[first["type"]]
    if key == "fee":
        wrong, todo = "is no fee", 'Write "none", "statutory", or the agreed amount like "45.00".'
    if first["type"] == "too_short" and key != "step":
        todo = f"Write at least one, or take `{key}` away."
    if first["type"] == "list_type" and key != "step":
        wrong, todo = "is no list", 'Write it like ["one", "another"].'
    return path, f"`{key}`: {first['input']!r} {wrong}", todo.format_map(first.get("ctx", {}))


def load_policy(text: str, source: str) -> Policy:
    """Read a policy document.

    Raises:
        ConfigError: naming the source's line, the key and what is wrong with it.
    """
    read = _Source(text, source)
    try:
        document = _Document.model_validate(read.raw)
    except ValidationError as error:
        raise read.first_mistake(error) from None
    if document.country not in COUNTRIES:
        raise read.mistake(("country",), f"the law of {document.country!r} is not known", f"Write one of: {', '.join(COUNTRIES)}.")
    if document.currency not in EXPONENTS:
        raise read.mistake(("currency",), f"{document.currency!r} is no currency we know", "Write a code like SEK.")
    steps = [_step(read, document, index) for index in range(len(document.step))]
    _check_order(read, steps)
    return Policy(
        name=document.name, country=document.country, currency=document.currency, steps=tuple(steps),
        bundle_by_debtor=document.handover.one_claim_per == "debtor", allow_legal=document.handover.allow_legal,
        end_stage=document.handover.end_stage, small_amount=read.money(("small_amount",), document.small_amount, document.currency),
        limits=_limits(read, document), one_letter_per=document.one_letter_per,
        fees_left=document.handover.fees_left, agency_sends_notice=document.handover.agency_sends_notice, cover=_cover(read, document), sending=_sending(read, document),
        thanks=document.thanks, open_credits=document.open_credits,
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
    read = _Source(text, "override")
    try:
        found = _Override.model_validate(read.raw)
    except ValidationError as error:
        _, wrong, todo = _first_mistake(error)
        raise ConfigError("override", wrong, todo) from None
    return Override(**dict(found))


def _cover(read: _Source, document: _Document) -> Cover | None:
    said = document.insurance
    if said is None:
        return None
    return Cover(said.insured, read.money(("insurance", "limit"), said.limit, document.currency) if said.limit is not None else None)


def _sending(read: _Source, document: _Document) -> Sending | None:
    raw = document.sending
    if raw is None:
        return None
    first, last = (_hour(read, ("sending", name), text) for name, text in (("from", raw.from_), ("to", raw.to)))
    if first >= last:
        raise read.mistake(("sending", "to"), "`to` is not after `from`", "Exchange them, or give other hours.")
    if raw.bank_days_only and not {"mon", "tue", "wed", "thu", "fri"} & set(raw.weekdays):
        raise read.mistake(
            ("sending", "weekdays"), "no bank is open on any of them: no letter would ever go", "Add a day, or take bank_days_only away."
        )
    return Sending(tuple(WEEKDAYS.index(name) for name in raw.weekdays), first, last, raw.bank_days_only)


def _hour(read: _Source, path: Sequence[Any], text: str) -> time:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise read.mistake(path, f"`{path[-1]}`: {text!r} is no time of day", 'Write it like "08:00".')
    return time.fromisoformat(text)


def _limits(read: _Source, document: _Document) -> Limits:
    raw = document.limits
    return Limits(raw.letters, raw.handovers, read.money(("limits", "amount"), raw.amount, document.currency))


def _step(read: _Source, document: _Document, index: int) -> Step:
    raw = document.step[index]
    path = ("step", index)
    if (raw.after_days is None) == (raw.after_previous_days is None):
        raise read.mistake(path, "a step counts from the due date or from the step before", "Write one of after_days, after_previous_days.")
    if index == 0 and raw.after_days is None:
        raise read.mistake((*path, "after_previous_days"), "the first step has none before it", "Write after_days.")
    if raw.cooling_off_days and raw.action != Action.HANDOVER:
        raise read.mistake((*path, "cooling_off_days"), "only a handover is announced before it goes", "Take it away.")
    if document.country == "SE" and raw.action == Action.DEMAND and raw.pay_within_days < 8:
        raise read.mistake(
            (*path, "pay_within_days"), "a demand gives at least 8 days (god inkassosed, inkassolag 5 §)", "Write 8 or more."
        )
    if document.country == "SE" and raw.action == Action.DEMAND and raw.mode == Mode.AUTO:
        raise read.mistake((*path, "mode"), "a demand is released by the creditor itself (inkassolag 2 §)", 'Write mode = "ask".')
    return Step(
        index + 1, raw.action, raw.mode, raw.after_days, raw.after_previous_days, raw.pay_within_days, raw.channel,
        read.money((*path, "minimum"), raw.minimum, document.currency), raw.fee != "none", raw.announces_collection,
        read.line(path), _when(read, document, index), raw.cooling_off_days,
        read.money((*path, "fee"), raw.fee, document.currency) if raw.fee[:1].isdigit() else None,
    )  # fmt: skip


def _when(read: _Source, document: _Document, index: int) -> When:
    raw, path = document.step[index].when, ("step", index, "when")
    amount = None
    if raw.amount is not None:
        ends = {name: value for name, value in raw.amount if value is not None}
        amount = {name: read.money((*path, "amount", name), value, document.currency) for name, value in ends.items()}
    found = When(
        amount=_range(read, (*path, "amount"), amount),
        debtor_kinds=tuple(raw.debtor_kinds), insured=raw.insured, within_cover=raw.within_cover, labels_any=tuple(raw.labels_any),
        labels_none=tuple(raw.labels_none), if_unknown=raw.if_unknown,
        **{
            name: _range(read, (*path, name), {end: n for end, n in ends if n is not None} if (ends := getattr(raw, name)) else None)
            for name in ("days_overdue", "unpaid_invoices", "mean_days_late", "broken_promises")
        },
    )  # fmt: skip
    return ALWAYS if found == ALWAYS else found


def _range(read: _Source, path: Sequence[Any], ends: dict[str, Any] | None) -> Range[Any] | None:
    if ends is None:
        return None
    least, most = ends.get("min"), ends.get("max")
    if not ends:
        raise read.mistake(path, f"`{path[-1]}` has no end", "Write min, max or both.")
    if least is not None and most is not None and least > most:
        raise read.mistake(path, f"`{path[-1]}` is never so: its min is above its max", "Exchange them.")
    return Range(least, most)


def _check_order(read: _Source, steps: Sequence[Step]) -> None:
    last = -1
    for index, step in enumerate(steps):
        if step.after_days is not None:
            if step.after_days <= last:
                raise read.mistake(("step", index, "after_days"), "steps stand in the order of their days", "Put it where it belongs.")
            last = step.after_days
        if step.action == Action.HANDOVER and index < len(steps) - 1 and steps[index + 1].action != Action.PROPOSE_WRITE_OFF:
            raise read.mistake(("step", index + 1), "nothing of ours follows a handover", "After it only the agency writes to the debtor.")
