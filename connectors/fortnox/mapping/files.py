"""Files in Fortnox's inbox, and what a file is tied to."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.fortnox.mapping.render import voucher_ref
from connectors.fortnox.mapping.values import Row, UnreadableError

__all__ = ["StoredFile", "is_folder", "parse_file", "parse_files", "ties"]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the inbox; `size` is None where the vendor does not tell."""

    ref: str
    name: str
    size: int | None

    def differs_from(self, name: str, size: int) -> list[str]:
        """Return what is not as it was sent."""
        return [what for what, holds in {"Name": self.name == name, "Size": self.size in (None, size)}.items() if not holds]


def parse_file(raw: object) -> StoredFile | None:
    """Return a file row, or None if it can't be read."""
    try:
        row = Row(raw)
        ref, name, size = row.text("Id"), row.text("Name"), row.whole("Size")
    except UnreadableError:
        return None
    return StoredFile(ref, name, size) if ref else None


def parse_files(folder: object) -> list[StoredFile]:
    """Return the files of a folder."""
    rows = folder.get("Files") if isinstance(folder, dict) else None
    return [file for raw in rows or [] if (file := parse_file(raw)) is not None] if isinstance(rows, list) else []


def is_folder(folder: object, name: str) -> bool:
    """Tell whether this is the folder asked for, and not the root that an ignored parameter gives."""
    try:
        return Row(folder).text("Id").lower() == name
    except UnreadableError:
        return False


def ties(raw: object, file_ref: str, ref: str) -> bool:
    """Tell whether a connection ties this file to this voucher."""
    try:
        row = Row(raw)
        tied = voucher_ref(row.text("VoucherSeries"), row.text("VoucherNumber"), row.text("VoucherYear"))
        return row.text("FileId") == file_ref and tied == ref
    except UnreadableError:
        return False
