"""Every language says the same things, in its own words."""

import re
from itertools import combinations

import pytest

from core.words import ENGLISH, FOLDER, LANGUAGES, known_language, language_of, words_of

PARTS = ("decision", "timeline", "announcement", "settings", "law")


def flat(language):
    """Every sentence by part, table and key."""
    parts = [part for part in PARTS if (part, language) != ("law", ENGLISH)]
    return {(part, table, key): text for part in parts for table, rows in words_of(part, language).items() for key, text in rows.items()}


SENTENCES = {language: flat(language) for language in LANGUAGES}


def values(text):
    return sorted(set(re.findall(r"{(\w+)}", text)))


def typed(text):
    """What a reader may type or look up, which is in no language."""
    return re.findall(r"`[^`]+`|kravbro [a-z]+ [a-z]+", text)


def test_each_language_has_its_files():
    assert tuple(sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and path.name != "__pycache__")) == LANGUAGES
    for language in LANGUAGES:
        missing = {"law"} if language == ENGLISH else set()
        assert {path.stem for path in (FOLDER / language).iterdir()} == set(PARTS) - missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_the_same_keys(language):
    law = {key for key in SENTENCES["sv"] if key[0] == "law"}
    assert set(SENTENCES[language]) == (set(SENTENCES["sv"]) - law if language == ENGLISH else set(SENTENCES["sv"]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_have_the_same_values(language):
    unlike = [key for key, text in SENTENCES[language].items() if values(text) != values(SENTENCES["sv"][key])]
    assert unlike == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_name_the_same_commands(language):
    unlike = [key for key, text in SENTENCES[language].items() if sorted(typed(text)) != sorted(typed(SENTENCES["sv"][key]))]
    assert unlike == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_end_alike(language):
    """A sentence ends with its point in every language, and a part of one in none."""
    unlike = [key for key, text in SENTENCES[language].items() if text.endswith(".") != SENTENCES["sv"][key].endswith(".")]
    assert unlike == []
    assert [key for key, text in SENTENCES[language].items() if not text] == []


@pytest.mark.parametrize(("one", "other"), list(combinations(LANGUAGES, 2)))
def test_no_sentence_is_in_another_language(one, other):
    # Danish and Norwegian have short ones in common.
    long = {key: text for key, text in SENTENCES[one].items() if len(re.sub("{.*?}", "", text)) > 55}
    assert [key for key, text in long.items() if SENTENCES[other].get(key) == text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_state_has_two_words(language):
    """What a step does is named as its stage is, but for English, which needs a verb."""
    words = words_of("decision", language)
    assert {key for key, text in words["actions"].items() if text != words["states"][key]} == (
        {"handover"} if language == ENGLISH else set()
    )


@pytest.mark.parametrize(
    ("language", "words"), [("sv", "ombud|människa"), ("da", "kreditor|debitor|inkassofirma"), ("nb", "kreditor|debitor|inkassobyrå"),
                            ("fi", "perintäyhtiö|luotonantaja|velkoja[nt]? velallinen")],
)  # fmt: skip
def test_languages_have_one_word_for_one_thing(language, words):
    assert [text for text in SENTENCES[language].values() if re.search(words, text, re.IGNORECASE)] == []


def test_unknown_language_reads_english():
    assert [known_language(one) for one in ("da", "no", "..", "")] == ["da", "en", "en", "en"]
    assert words_of("timeline", "../sv") == words_of("timeline", "en")


def test_country_has_its_peoples_language():
    assert [language_of(country) for country in ("SE", "DK", "NO", "FI", "DE", "")] == ["sv", "da", "nb", "fi", "en", "en"]
