"""`kravbro letters preview` writes each letter in each form, and refuses what can't be."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands.letters import letters
from core.errors import ConfigError
from tests.letters.test_logo import SVG


def preview(out: Path, *more: str, kind: str = "notice", language: str = "da", country: str = "DK") -> Result:
    told = ["preview", "--kind", kind, "--language", language, "--country", country, "--out", str(out), *more]
    return CliRunner().invoke(letters, told)


@pytest.mark.parametrize(
    ("name", "begins"), [("a.pdf", b"%PDF"), ("a.PNG", b"\x89PNG"), ("a.html", b"<!DOCTYPE html>"), ("a.txt", b"RYKKER")]
)
def test_preview_has_four_forms(tmp_path: Path, name: str, begins: bytes) -> None:
    out = tmp_path / name
    assert preview(out).output == f"{out}: {out.stat().st_size} bytes\n"
    assert out.read_bytes().startswith(begins)


def test_preview_takes_own_text_and_logo(tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_bytes(SVG)
    assert preview(tmp_path / "a.txt", "--before", "Kære kunde", "--after", "God weekend", "--logo", str(logo)).exit_code == 0
    told = (tmp_path / "a.txt").read_text()
    assert told.index("Kære kunde") < told.index("mangler vi") < told.index("God weekend")


@pytest.mark.parametrize("name", ["a.docx", "a"])
def test_other_form_is_refused(tmp_path: Path, name: str) -> None:
    error = preview(tmp_path / name).exception
    assert isinstance(error, ConfigError) and "Give the file one of these endings." in str(error)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [{"kind": "summons"}, {"language": "de"}, {"country": "EU"}])
def test_unknown_choice_is_refused(tmp_path: Path, wrong: dict[str, str]) -> None:
    assert preview(tmp_path / "a.pdf", **wrong).exit_code == 2


def test_threat_is_refused(tmp_path: Path) -> None:
    error = preview(tmp_path / "a.pdf", "--after", "Annars tingsrätten", country="SE").exception
    assert isinstance(error, ConfigError) and "inkassolagen 1 §" in str(error)
