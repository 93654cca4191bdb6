"""Every language says the same things, in its own words."""

import re
import tomllib
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from letters import KINDS, languages, render_letter
from letters.sample import COUNTRIES, sample
from letters.words import FOLDER

FILES = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(FOLDER).glob("*.toml"))}


def flat(table: dict[str, Any], under: str = "") -> dict[str, str]:
    """Every sentence by its whole key."""
    found: dict[str, str] = {}
    for key, value in table.items():
        found |= flat(value, f"{under}{key}.") if isinstance(value, dict) else {f"{under}{key}": value}
    return found


SENTENCES = {language: flat(table) for language, table in FILES.items()}


def test_languages_have_the_same_keys() -> None:
    assert tuple(FILES) == languages()
    assert {language: set(found) ^ set(SENTENCES["sv"]) for language, found in SENTENCES.items()} == {one: set() for one in FILES}


def test_sentences_have_the_same_values() -> None:
    def values(sentence: Any) -> set[str]:
        return set(re.findall(r"{(\w+)}", str(sentence)))

    unlike = [
        (key, language) for key in SENTENCES["sv"] for language in FILES if values(SENTENCES[language][key]) != values(SENTENCES["sv"][key])
    ]
    assert unlike == []


def test_every_key_has_words() -> None:
    empty = [(language, key) for language, found in SENTENCES.items() for key, value in found.items() if not value and key != "codes"]
    assert empty == []


@pytest.mark.parametrize(("one", "other"), list(combinations(FILES, 2)))
def test_no_sentence_is_in_another_language(one: str, other: str) -> None:
    long = {key: text for key, text in SENTENCES[one].items() if len(re.sub("{.*?}", "", str(text))) > 40}
    assert [key for key, text in long.items() if SENTENCES[other][key] == text] == []


@pytest.mark.parametrize("language", FILES)
@pytest.mark.parametrize("country", COUNTRIES)
def test_every_letter_is_whole(language: str, country: str) -> None:
    for kind in KINDS:
        rendered = render_letter(sample(kind, language, country))
        found = re.search(r".*([{}]|\.\.|None).*", f"{rendered.subject}\n{rendered.text}")
        assert found is None, (kind, found.group())


@pytest.mark.parametrize("kind", KINDS)
def test_foreign_country_takes_common_law(kind: Any) -> None:
    told = render_letter(replace(sample(kind, "en", "SE"), country="EE")).text
    assert "Swedish" not in told.replace("Swedish bankgiro", "")


@pytest.mark.parametrize("language", FILES)
def test_norwegian_notice_is_no_reminder(language: str) -> None:
    heading = FILES[language]["law"]["NO"]["notice"]["title"].lower()
    assert "inkassovarsel" in heading
    assert not re.search("purring|påminnelse|reminder|muistutus|rykker", heading)


@pytest.mark.parametrize("language", FILES)
def test_laws_own_word_is_in_the_heading(language: str) -> None:
    law = FILES[language]["law"]
    for country, kind, word in (
        ("DK", "notice", "inkassovarsel"),
        ("SE", "demand", "inkassokrav"),
        ("NO", "demand", "betalingsoppfordring"),
    ):
        assert word in law[country][kind]["title"].lower()
