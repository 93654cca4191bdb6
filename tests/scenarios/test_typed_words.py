"""Words that somebody types hold no personal number; whatever only looks a little like one is kept."""

import pytest
from click.testing import CliRunner

from cli import cli, main
from commands.personal import has_personal_number

PERSONAL = [
    "811228-9874", "8112289874", "198112289874", "19811228-9874", "811228+9874", "811228 9874", "701063-2391",  # Sweden; the last is a coordination number
    "211062-5629", "2110625629", "010107-1234",  # Denmark; the last has no valid check digit, as some since 2007
    "15108695088", "151086 95088",  # Norway
    "131052-308T", "131052A308T", "131052-308t",  # Finland
]  # fmt: skip
NONE = [
    "556677-8899", "811228-9875", "1234567890", "15108695089", "131052-308U", "070-123 45 67", "2025-04-15", "OCR 12345678901234567", "12500.00",
    "0101071234", "999999-9999", "",
]  # fmt: skip


@pytest.mark.parametrize("number", PERSONAL)
def test_personal_number_is_seen(number):
    assert has_personal_number(f"Eva ({number}) called")


@pytest.mark.parametrize("number", NONE)
def test_another_number_is_none(number):
    assert not has_personal_number(f"Eva ({number}) called")


@pytest.mark.parametrize("typed", [
    ("hold", "--reason"), ("dispute", "--reason"), ("dispute", "--asked"), ("release", "--reason"), ("resolve", "--done"), ("answer", "--text"),
])  # fmt: skip
def test_typed_words_refuse_it_in_one_sentence(story, capsys, typed):
    command, option = typed
    with pytest.raises(SystemExit) as ended:
        main(["claims", command, "1", option, "Eva, 811228-9874, called"])
    told = capsys.readouterr().err
    assert ended.value.code == 2 and "it holds what looks like a personal number; leave it out" in told
    assert told.count("\n") == 1 and "9874" not in told


def test_typed_words_keep_an_organisation_number(story):
    number = story.invoice()
    story.days(1)
    done = CliRunner().invoke(cli, ["claims", "hold", number, "--reason", "now 556677-8899 owes it"])
    assert (done.exit_code, "556677-8899" in done.stdout) == (0, True)
