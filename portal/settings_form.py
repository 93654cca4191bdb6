"""The form of a connector's settings as HTML, and below it the table of what the connector can write and how sure each write is.

Made from the connector's data alone: the frame is in the reader's language, what the data says stays in its own.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from string import Template
from typing import Any, Final

from core.capabilities import deliveries, how_sure, value_of
from core.errors import ConfigError, KravbroError
from core.ports import Setting
from core.store.tenants import Tenant
from core.words import words_of

__all__ = ["FIELD", "SEEN", "Said", "digest", "form"]

FIELD: Final = "set-"
"""Before a setting's name in the form, so that no setting can have the name of a field of ours."""

SEEN: Final = "seen"
"""The field that says which settings a form was made from."""

FORM: Final = Template(
    '<p>$intro</p>$said<form method="post"><input type="hidden" name="$seen_name" value="$seen">'
    "<h2>$changeable</h2>$changeable_fields<p><button>$save</button></p><h2>$connected</h2><p>$fixed</p>$fixed_fields</form>$writes"
)
SETTING: Final = Template(
    '<label for="$id">$label <code>$name</code>$required</label><p class="help" id="$id-help" lang="en">$help</p>'
    '$input<p class="note">$note</p>$error'
)
ROW: Final = Template('<tr><td lang="en">$kinds</td><td>$how<br><code>$sure</code></td><td lang="en">$remains</td></tr>')
TABLE: Final = Template(
    "<h2>$writes</h2><table><thead><tr><th>$kind</th><th>$how</th><th>$remains</th></tr></thead><tbody>$rows</tbody></table>"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What the page says of what was sent: the key of a sentence, what went wrong, and what was typed."""

    done: str = ""
    wrong: str = ""
    error: KravbroError | None = None
    typed: Mapping[str, str] = field(default_factory=dict)


def digest(tenant: Tenant) -> str:
    """Return a mark of a tenant's settings, by which a form that was made from others is told."""
    return hashlib.sha256(json.dumps(tenant.settings, sort_keys=True).encode()).hexdigest()


def form(language: str, tenant: Tenant, module: Any, until: str, said: Said) -> str:
    """Return the form and the table as HTML; `until` is the time of day at which the link ends."""
    words = {name: _text(text) for name, text in words_of("settings", language)["settings"].items()}
    system = escape(module.NAME)
    wrong_name, at_top = _wrong(said.error, {one.name for one in module.SETTINGS})

    def fields(*, fixed: bool) -> str:
        return "".join(
            _field(words, one, tenant, said.typed, _error(at_top) if one.name == wrong_name else "")
            for one in module.SETTINGS
            if one.fixed == fixed
        )

    sentence = words[said.wrong or said.done].format(system=system) if said.wrong or said.done else ""
    return FORM.substitute(
        words,
        intro=words["intro"].format(system=system, until=escape(until)),
        said=_said(sentence, said, "" if wrong_name else at_top),
        seen_name=SEEN, seen=digest(tenant), changeable_fields=fields(fixed=False), fixed_fields=fields(fixed=True),
        writes=_table(language, words, module),
    )  # fmt: skip


def _wrong(error: KravbroError | None, names: set[str]) -> tuple[str, str]:
    """Return the setting an error is about, if it is about one, and the sentence that says what is wrong and what to do."""
    name = error.where.partition(".")[2] if isinstance(error, ConfigError) else ""
    if isinstance(error, ConfigError) and name in names:
        return name, f"{name}: {error.wrong}. {error.todo}"
    return "", str(error or "")


def _said(sentence: str, said: Said, more: str) -> str:
    if not sentence:
        return ""
    kind, role = ("error", "alert") if said.wrong else ("done", "status")
    return f'<p class="{kind}" role="{role}">{sentence}</p>{_error(more) if more else ""}'


def _text(text: str) -> str:
    """Return a sentence as HTML, what is typed between its backquotes set as such."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _error(text: str) -> str:
    return f'<p class="error" role="alert" lang="en">{_text(text)}</p>'


def _field(words: Mapping[str, str], one: Setting, tenant: Tenant, typed: Mapping[str, str], error: str) -> str:
    """Return a setting's label, help, input and default; what was typed stands there again, unless it is secret."""
    default = f"<code>{escape(one.default)}</code>" if one.default else words["empty"]
    secret = words["secret"] if one.fixed else words["keep"]
    return SETTING.substitute(
        id=escape(FIELD + one.name), name=escape(one.name), label=escape(one.name.replace("_", " ").capitalize()), help=_text(one.help),
        required=f" <em>({words['required']})</em>" if one.required and not one.secret else "",  # a secret is kept
        input=_input(one, "" if one.secret else typed.get(FIELD + one.name, value_of(one, tenant.settings))),
        note=secret if one.secret else "" if one.required else words["default"].format(value=default), error=error,
    )  # fmt: skip


def _input(one: Setting, value: str) -> str:
    name = escape(FIELD + one.name)
    known = f'id="{name}" name="{name}" aria-describedby="{name}-help"{" disabled" if one.fixed else ""}'
    if one.choices:
        choices = one.choices if value in one.choices else (value, *one.choices)
        options = "".join(f"<option{' selected' if choice == value else ''}>{escape(choice)}</option>" for choice in choices)
        return f"<select {known}>{options}</select>"
    if one.secret:
        return f'<input type="password" autocomplete="new-password" {known}>'
    return f'<input type="text" autocomplete="off" value="{escape(value)}" {known}{" required" if one.required else ""}>'


def _table(language: str, words: Mapping[str, str], module: Any) -> str:
    heading = words["writes"].format(system=escape(module.NAME))
    how = words_of("settings", language)["delivery"]
    rows = [
        ROW.substitute(
            kinds=", ".join(f"<code>{escape(kind)}</code>" for kind in kinds), how=escape(how[one.how]), sure=escape(how_sure(one)),
            remains=_text(one.remains),
        )
        for one, kinds in deliveries(module).items()
    ]  # fmt: skip
    if not rows:
        return f"<h2>{heading}</h2><p>{words['nothing']}</p>"
    return TABLE.substitute(words, writes=heading, rows="".join(rows))
