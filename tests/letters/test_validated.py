"""Every letter passes veraPDF's profiles of PDF/A-2a and PDF/UA-1; a file that does not conform is told."""

from pathlib import Path

import pypdf
import pytest

from tests.letters.test_letters import LETTER, render
from tools.validate_pdf import validate


def test_letters_conform(tmp_path: Path) -> None:
    path = tmp_path / "reminder.pdf"
    path.write_bytes(render(LETTER).pdf)
    assert validate([path]) == {path: []}


def test_stripped_letter_does_not_conform(tmp_path: Path) -> None:
    path = tmp_path / "bad.pdf"
    path.write_bytes(render(LETTER).pdf)
    writer = pypdf.PdfWriter(clone_from=path)
    del writer.root_object["/Metadata"]
    writer.write(path)
    assert {failure.split(":")[0] for failure in validate([path])[path]} == {"2a 6.6.2.1", "ua1 7.1"}


def test_unread_file_is_no_pass(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="did not look"):
        validate([tmp_path / "missing.pdf"])
