"""What a connector says of itself as data: its settings and what it can write, for help, listings, forms and the tables of its README.

A connector is here the module that has `NAME`, `SETTINGS` and `DELIVERIES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from core.ports import Setting
from core.writes import Delivery

__all__ = ["default_of", "deliveries", "describe", "how_sure", "tables", "value_of"]


def describe(module: Any) -> dict[str, Any]:
    """Return a connector's system, settings and writes, ready for JSON."""
    return {
        "system": module.NAME,
        "settings": [asdict(one) for one in module.SETTINGS],
        "writes": [{"kind": kind, "how": one.how, "remains": one.remains} for kind, one in module.DELIVERIES.items()],
    }


def deliveries(module: Any) -> dict[Delivery, list[str]]:
    """Return the kinds of write of each of a connector's deliveries: those of the same delivery share a row of its table."""
    kinds: dict[Delivery, list[str]] = {}
    for kind, delivery in module.DELIVERIES.items():
        kinds.setdefault(delivery, []).append(kind)
    return kinds


def tables(module: Any) -> tuple[str, str]:
    """Return the table of a connector's settings and that of its deliveries, in Markdown."""
    settings = [
        f"| `{one.name}` | {one.help} | {_required(one) or (one.default and f'`{one.default}`') or 'empty'} | {_changed(one)} |"
        for one in module.SETTINGS
    ]
    writes = [
        f"| {', '.join(f'`{kind}`' for kind in kinds)} | {how_sure(one)} | {one.remains} |" for one, kinds in deliveries(module).items()
    ]
    return (
        _table(("setting", "what it is", "default", "changed later by"), settings),
        _table(("kind", "delivery", "what remains"), writes),
    )


def how_sure(delivery: Delivery) -> str:
    """Return a delivery's way with its time: "look_up, after 120 s"."""
    if delivery.how == "look_up" and delivery.absent_after_s:
        return f"look_up, after {delivery.absent_after_s:g} s"
    if delivery.how == "idempotency_key" and delivery.ttl_s is not None:
        return f"idempotency_key, for {delivery.ttl_s:g} s"
    return delivery.how


def value_of(setting: Setting, stored: Mapping[str, str]) -> str:
    """Return what holds for a setting that is no secret: what is stored, else its default."""
    return stored.get(setting.name, setting.default)


def default_of(setting: Setting) -> str:
    """Return what holds where a setting is not given, for a person."""
    return _required(setting) or f"default {setting.default or 'empty'}"


def _required(setting: Setting) -> str:
    return ", ".join(word for word, holds in (("required", setting.required), ("secret", setting.secret)) if holds)


def _changed(setting: Setting) -> str:
    return "connecting again" if setting.fixed else "`kravbro tenants settings TENANT`"


def _table(head: tuple[str, ...], rows: Iterable[str]) -> str:
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows])
