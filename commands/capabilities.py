"""What a connector says of itself as data: its settings and what it can write, for help, listings and the tables of its README."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.ports import Setting
from core.writes import Delivery

__all__ = ["default_of", "describe", "how_sure", "tables"]


def describe(module: Any) -> dict[str, Any]:
    """Return a connector's system, settings and writes, ready for JSON."""
    return {
        "system": module.NAME,
        "settings": [
            {"name": one.name, "help": one.help, "required": one.required, "secret": one.secret, "default": one.default}
            for one in module.SETTINGS
        ],
        "writes": [{"kind": kind, "how": one.how, "remains": one.remains} for kind, one in module.DELIVERIES.items()],
    }


def tables(module: Any) -> tuple[str, str]:
    """Return the table of a connector's settings and that of its deliveries, in Markdown; kinds of the same delivery share a row."""
    settings = [
        f"| `{one.name}` | {one.help} | {_required(one) or (one.default and f'`{one.default}`') or 'empty'} |" for one in module.SETTINGS
    ]
    kinds: dict[Delivery, list[str]] = {}
    for kind, delivery in module.DELIVERIES.items():
        kinds.setdefault(delivery, []).append(f"`{kind}`")
    writes = [f"| {', '.join(names)} | {how_sure(delivery)} | {delivery.remains} |" for delivery, names in kinds.items()]
    return _table(("setting", "what it is", "default"), settings), _table(("kind", "delivery", "what remains"), writes)


def how_sure(delivery: Delivery) -> str:
    """Return a delivery's way with its time: "look_up, after 120 s"."""
    if delivery.how == "look_up" and delivery.absent_after_s:
        return f"look_up, after {delivery.absent_after_s:g} s"
    if delivery.how == "idempotency_key" and delivery.ttl_s is not None:
        return f"idempotency_key, for {delivery.ttl_s:g} s"
    return delivery.how


def default_of(setting: Setting) -> str:
    """Return what holds where a setting is not given, for a person."""
    return _required(setting) or f"default {setting.default or 'empty'}"


def _required(setting: Setting) -> str:
    return ", ".join(word for word, holds in (("required", setting.required), ("secret", setting.secret)) if holds)


def _table(head: tuple[str, ...], rows: Iterable[str]) -> str:
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows])
