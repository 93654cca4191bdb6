"""Every letter passes veraPDF's profiles of PDF/A-2a and PDF/UA-1; a file that does not conform is told."""

from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from letters import KINDS, Extras, Letter, Logo, languages, render_letter
from letters.sample import COUNTRIES, sample
from tests.letters.test_letters import LETTER, line
from tests.letters.test_logo import SVG, png
from tools.validate_pdf import validate


def with_logo(content: bytes) -> Letter:
    return replace(LETTER, extras=Extras(Logo(content), "Hej!", "Tack!"))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What fails, by file: each kind in each language with the laws in turn, what else the layout can draw, and a file made bad."""
    folder = tmp_path_factory.mktemp("letters")
    pairs = [(kind, language) for kind in KINDS for language in languages()]
    letters = {f"{kind}-{language}": sample(kind, language, COUNTRIES[at % len(COUNTRIES)]) for at, (kind, language) in enumerate(pairs)}
    letters |= {"svg": with_logo(SVG), "png": with_logo(png()), "long": replace(LETTER, lines=tuple(line(number) for number in range(40)))}
    for name, letter in letters.items():
        (folder / name).write_bytes(render_letter(letter).pdf)
    writer = pypdf.PdfWriter(clone_from=folder / "long")
    del writer.root_object["/Metadata"]
    writer.write(folder / "bad")
    return {path.name: failures for path, failures in validate(sorted(folder.iterdir())).items()}


def test_letters_conform(found: dict[str, list[str]]) -> None:
    assert len(found) == len(KINDS) * len(languages()) + 4
    assert {name: failures for name, failures in found.items() if failures and name != "bad"} == {}


def test_stripped_letter_does_not_conform(found: dict[str, list[str]]) -> None:
    assert {failure.split(":")[0] for failure in found["bad"]} == {"2a 6.6.2.1", "ua1 7.1"}


def test_unread_file_is_no_pass(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="did not look"):
        validate([tmp_path / "missing.pdf"])
