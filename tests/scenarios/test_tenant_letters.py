"""A client's logo, paragraphs and accounts: tried before they are kept, in each letter from then on, and never in place of what it must say."""

import email
import email.policy
import io
import json
from dataclasses import replace

import pytest
from pypdf import PdfReader

from commands.lettering import with_accounts
from commands.wiring import open_app
from core.store.tenants import LetterSettings
from letters.sample import sample
from tests.letters.test_logo import SVG, png
from tests.scenarios.test_one_claim import body_of
from tools.validate_pdf import validate


def set_letters(story, *more, code=0):
    return story.type("tenants", "letters", "t", *more, code=code)


def kept(story):
    return json.loads(set_letters(story, "--json"))


def pdf_of(mail):
    message = email.message_from_bytes(mail, policy=email.policy.default)
    return next(iter(message.iter_attachments())).get_content()


@pytest.mark.parametrize("picture", [SVG, png()], ids=["svg", "png"])
def test_letters_carry_logo_and_texts(story, picture, tmp_path):
    logo = story.home / "logo"
    logo.write_bytes(picture)
    assert "Kept." in set_letters(story, "--logo", str(logo), "--before", "Hej, bagerivän!", "--after", "Vi ses i butiken.")
    logo.unlink()
    story.invoice()
    story.until("letters_sent")
    told = body_of(story.mailbox.mails[0])
    assert told.index("Hej, bagerivän!") < told.index("12 500,00 kr") < told.index("Vi ses i butiken.")
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(pdf_of(story.mailbox.mails[0]))
    assert validate([letter]) == {letter: []}
    assert "Vi ses i butiken." in " ".join(page.extract_text() for page in PdfReader(io.BytesIO(letter.read_bytes())).pages)


def test_logo_is_kept_sealed(story):
    logo = story.home / "logo.svg"
    logo.write_bytes(SVG)
    set_letters(story, "--logo", str(logo))
    assert SVG[:60] not in (story.home / "kravbro.db").read_bytes()
    assert open_app().documents(open_app().tenant("t")).get(open_app().tenant("t").letters.logo).content == SVG


@pytest.mark.parametrize(
    ("option", "text", "says"),
    [
        ("--after", "Annars går vi till tingsrätten.", "inkassolagen 1 §"),
        ("--before", "Betala hellre till 991-2346.", "it names '991-2346'"),
        ("--before", "Betala till SE35 5000 0000 0549 1000 0003", "it names 'SE35"),
        ("--after", "Det räcker med 500 kr.", "it names '500 kr'"),
        ("--before", "x" * 601, "more than 600"),
        ("--iban", "SE3550000000054910000004", "--iban: 'SE3550000000054910000004' is none: its digits or its check digit are wrong"),
        ("--fi-creditor-number", "12345", "its digits or its check digit are wrong"),
    ],
)
def test_what_may_not_stand_there_is_refused(story, option, text, says):
    before = kept(story)
    assert says in set_letters(story, option, text, code=2)
    assert kept(story) == before


@pytest.mark.parametrize(
    "picture", [b"GIF89a", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', b"\x89PNG\r\n\x1a\n" + b"0" * 40]
)
def test_bad_picture_is_refused(story, picture):
    logo = story.home / "logo"
    logo.write_bytes(picture)
    assert "logo: " in set_letters(story, "--logo", str(logo), code=2)
    assert kept(story)["logo"] is False


def test_settings_are_taken_away(story):
    logo = story.home / "logo.svg"
    logo.write_bytes(SVG)
    set_letters(story, "--logo", str(logo), "--before", "Hej!")
    set_letters(story, "--no-logo", "--before", "")
    assert (kept(story)["logo"], kept(story)["before"]) == (False, "")


def test_preview_is_the_tenants(story):
    logo = story.home / "logo.svg"
    logo.write_bytes(SVG)
    set_letters(story, "--logo", str(logo), "--after", "Vi ses i butiken.")
    out = story.home / "letter.pdf"
    story.type("letters", "preview", "--tenant", "t", "--kind", "demand", "--out", str(out))
    told = " ".join(page.extract_text() for page in PdfReader(out).pages)
    assert "Björks Bageri AB" in told and "Vi ses i butiken." in told and "5050-1055" in told
    assert validate([out]) == {out: []}
    assert "nothing says whose" in story.type("letters", "preview", "--kind", "demand", "--out", str(out), code=2)


def test_account_that_the_books_lack():
    """It is used only where the books name none."""
    settings = LetterSettings(iban="SE3550000000054910000003", bic="ESSESESS")
    bare = replace(sample("reminder", "sv", "SE").creditor, bankgiro="", iban="", bic="")
    assert (with_accounts(bare, settings).iban, with_accounts(bare, settings).bic) == (settings.iban, settings.bic)
    for named in (replace(bare, bankgiro="5050-1055"), replace(bare, plusgiro="1-2"), replace(bare, iban="X")):
        assert with_accounts(named, settings) == named
    assert with_accounts(bare, LetterSettings()) == bare


def test_danish_creditor_number_makes_the_payment_line(story):
    set_letters(story, "--fi-creditor-number", "81234567")
    out = story.home / "letter.txt"
    story.type("letters", "preview", "--tenant", "t", "--kind", "reminder", "--country", "DK", "--language", "da", "--out", str(out))
    assert "+81234567<" in out.read_text()
