"""The places of an invoice where a mark can stand: two references and a label; none of the client's own text is lost.

A text of ours ends in a sign, so that it is known again; a reference that holds anything else belongs to the client.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from connectors.fortnox.mapping.render import BLANK, clean
from connectors.fortnox.mapping.values import Row, UnreadableError

__all__ = ["Marks", "label_id_of", "marked", "parse_marks", "render_label", "render_reference", "render_unmarked", "spares", "stands"]

REFERENCES: Final = ("ExternalInvoiceReference1", "ExternalInvoiceReference2")
LENGTH: Final = 80
SIGN: Final = " (Kravbro)"


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands in those places."""

    references: tuple[str, ...]
    label_ids: tuple[int, ...]

    @property
    def ours(self) -> tuple[str, ...]:
        """The references that hold a text of ours."""
        return tuple(name for name, text in zip(REFERENCES, self.references, strict=True) if text.endswith(SIGN))

    @property
    def free(self) -> tuple[str, ...]:
        """The references that we may write to, the one that is ours first."""
        return (*self.ours, *(name for name, text in zip(REFERENCES, self.references, strict=True) if not text))


def marked(text: str) -> str:
    """Return the mark as it stands in a reference, our sign behind it."""
    return clean(text, LENGTH - len(SIGN)) + SIGN


def parse_marks(raw: object) -> Marks | None:
    """Return an invoice's references and labels, or None if they can't be read."""
    try:
        row = Row(raw)
        ids = [label.whole("Id") for label in row.rows("Labels")]
        references = tuple(clean(row.text(name), LENGTH) for name in REFERENCES)
    except UnreadableError:
        return None
    return Marks(references, tuple(number for number in ids if number is not None))


def label_id_of(labels: Iterable[object], text: str) -> int | None:
    """Return the id of a label by its text, however it is capitalised."""
    for raw in labels:
        try:
            row = Row(raw)
            if row.text("Description").casefold() == text.casefold():
                return row.whole("Id")
        except UnreadableError:
            continue
    return None


def render_reference(name: str, text: str, marks: Marks) -> bytes:
    """Return the body that puts the mark into one reference, and takes an older one out of the other."""
    return _body({name: marked(text), **{other: BLANK for other in marks.ours if other != name}})


def render_label(label_id: int, marks: Marks) -> bytes:
    """Return the body that adds the label to those that are there: a PUT replaces the list."""
    return _body({"Labels": _labels(label_id, marks, wanted=True)})


def render_unmarked(label_id: int | None, marks: Marks) -> bytes | None:
    """Return the body that takes away what is ours, or None where nothing is."""
    fields: dict[str, Any] = dict.fromkeys(marks.ours, BLANK)
    if label_id in marks.label_ids:
        fields["Labels"] = _labels(label_id, marks, wanted=False)
    return _body(fields) if fields else None


def stands(body: bytes, marks: Marks, label_id: int | None) -> bool:
    """Tell whether an invoice is as this body wants it."""
    fields = _fields(body)
    texts = dict(zip(REFERENCES, marks.references, strict=True))
    if any(texts[name] != ("" if fields[name] == BLANK else fields[name]) for name in fields if name in texts):
        return False
    return "Labels" not in fields or (label_id in _ids(fields)) == (label_id in marks.label_ids)


def spares(body: bytes, marks: Marks, label_id: int | None) -> bool:
    """Tell whether this body, perhaps rendered days ago, still overwrites nothing of the client's."""
    fields = _fields(body)
    references = {name for name in fields if name in REFERENCES}
    return references <= set(marks.free) and ("Labels" not in fields or set(marks.label_ids) <= {*_ids(fields), label_id})


def _labels(label_id: int | None, marks: Marks, *, wanted: bool) -> list[dict[str, int | None]]:
    others = [number for number in marks.label_ids if number != label_id]
    return [{"Id": number} for number in ([*others, label_id] if wanted else others)]


def _ids(fields: dict[str, Any]) -> list[Any]:
    return [label["Id"] for label in fields["Labels"]]


def _fields(body: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(body)["Invoice"]
    return fields


def _body(fields: dict[str, Any]) -> bytes:
    return json.dumps({"Invoice": fields}, ensure_ascii=False, separators=(",", ":")).encode()
