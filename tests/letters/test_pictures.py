"""docs/letters shows the letters as they are now: changed words, data, layout or pictures are told."""

from pathlib import Path

import pytest

from letters import pdf
from letters.words import Words
from tools import letter_pictures


def test_pictures_are_todays() -> None:
    assert letter_pictures.stale() == []


def test_changed_word_makes_pictures_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Words.label
    monkeypatch.setattr(Words, "label", lambda self, key: "Kontonr" if (self.lang, key) == ("nb", "account_NO") else real(self, key))
    asking = ("reminder", "notice", "demand", "instalment_offer", "instalment_agreement", "deferral")
    assert set(letter_pictures.stale()) == {f"{kind}-nb.png" for kind in asking}


def test_changed_layout_makes_all_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = pdf.LAYOUT.read_bytes()
    monkeypatch.setattr(pdf, "_layout", lambda: layout.replace(b"18mm", b"19mm"))
    assert set(letter_pictures.stale()) == set(letter_pictures.letters())


def test_other_picture_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in letter_pictures.FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "thanks-fi.png").write_bytes(b"")
    (tmp_path / "old.png").write_bytes(b"")
    (tmp_path / "demand-sv.png").unlink()
    monkeypatch.setattr(letter_pictures, "FOLDER", tmp_path)
    assert set(letter_pictures.stale()) == {"thanks-fi.png", "old.png", "demand-sv.png"}
