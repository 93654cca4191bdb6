"""What a letter must say under its law is in each of its forms; what lacks it, or adds what it must not say, is refused."""

import io
import re
import unicodedata
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from pypdf import PdfReader

from core.claim import DebtorParty
from core.errors import ConfigError, InvariantBrokenError
from core.model import Address, DebtorKind
from letters import KINDS, Extras, Letter, render_letter, words
from letters.mandatory import ARISING, NEEDS, RULES, SPOKEN, Need, check_letter, rule_of
from letters.sample import COUNTRIES, sample
from letters.view import view_of

LANGUAGE = {"SE": "sv", "DK": "da", "NO": "nb", "FI": "fi"}
LAWS = [(kind, country) for kind in KINDS for country in COUNTRIES]


def native(kind: Any, country: str, **changed: Any) -> Letter:
    return replace(sample(kind, LANGUAGE[country], country), **changed)


def plain(text: str) -> str:
    return " ".join(text.replace("\u200b", "").replace("\u00ad", "").split())


def pdf_text(letter: Letter) -> str:
    return plain(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(render_letter(letter).pdf)).pages))


@pytest.mark.parametrize(("kind", "country"), LAWS)
def test_pdf_says_what_it_must(kind: Any, country: str) -> None:
    letter = native(kind, country)
    said, told = view_of(letter).said, pdf_text(letter)
    needs = [need for need in rule_of(kind, country).needs if need in said or need not in ARISING]
    assert needs
    assert [need for need in needs if not said[need] or any(plain(value) not in told for value in said[need])] == []


def test_every_need_is_named() -> None:
    assert set(NEEDS) == set(get_args(Need))
    assert {need for rule in RULES.values() for need in rule.needs} == set(NEEDS)
    assert {kind for kind, country in RULES if not country} == set(KINDS)


@pytest.mark.parametrize(
    ("kind", "country", "days"),
    [("notice", "DK", 10), ("notice", "NO", 14), ("demand", "SE", 8), ("demand", "DK", 10), ("demand", "NO", 14), ("demand", "FI", 14)],
)
def test_time_to_pay_is_the_laws(kind: Any, country: str, days: int) -> None:
    letter = native(kind, country)
    render_letter(replace(letter, pay_by=letter.written_on + timedelta(days=days)))
    with pytest.raises(ConfigError, match=f"at least {days} days from dispatch, not {days - 1}"):
        render_letter(replace(letter, pay_by=letter.written_on + timedelta(days=days - 1)))


def test_reminder_may_be_shorter() -> None:
    letter = native("reminder", "NO")
    assert render_letter(replace(letter, pay_by=letter.written_on + timedelta(days=5))).pdf


@pytest.mark.parametrize(("kind", "country"), LAWS)
def test_words_without_it_are_refused(kind: Any, country: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take each sentence out of the words that this letter must say."""
    letter = native(kind, country)
    real = words.Words.say
    for name in sorted(set(SPOKEN) & set(rule_of(kind, country).needs) & set(view_of(letter).said)):
        monkeypatch.setattr(words.Words, "say", lambda self, key, *, gone=name, **values: "" if key == gone else real(self, key, **values))
        with pytest.raises(ConfigError, match=re.escape(NEEDS[name])):
            render_letter(letter)


@pytest.mark.parametrize("form", ["render_text", "render_html"])
def test_form_without_it_is_refused(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import letters

    real = getattr(letters, form)
    monkeypatch.setattr(letters, form, lambda view: real(replace(view, body=())))
    with pytest.raises(ConfigError, match=r"inkassoloven § 10 wants how to object, and this letter lacks it\. "):
        render_letter(native("notice", "DK"))


def test_notice_needs_an_account() -> None:
    unpaid = {"creditor": replace(native("notice", "DK").creditor, iban="", bic="")}
    with pytest.raises(ConfigError, match="an account to pay to"):
        render_letter(native("notice", "DK", **unpaid))
    assert render_letter(native("reminder", "DK", **unpaid)).pdf


def test_demand_needs_the_interest_in_figures() -> None:
    letter = native("demand", "SE", interest=())
    with pytest.raises(ConfigError, match=r"inkassolagen 5 § wants the interest asked for, with amount, rate, period and base"):
        render_letter(letter)
    assert "ränt" not in render_letter(replace(letter, lines=(replace(letter.lines[0], interest_from=None),))).text.lower()


def test_demand_needs_the_creditors_address() -> None:
    with pytest.raises(ConfigError, match="the creditor's address"):
        render_letter(native("demand", "FI", creditor=replace(native("demand", "FI").creditor, address=Address(country="FI"))))


def test_nameless_creditor_is_refused() -> None:
    with pytest.raises(ConfigError, match="the creditor's name"):
        render_letter(native("reminder", "SE", creditor=replace(native("reminder", "SE").creditor, name=" ")))


def test_consumer_is_told_of_the_right_to_stop() -> None:
    letter = native("demand", "FI")
    assert "perintä keskeytetään" in pdf_text(letter)
    business = DebtorParty("Yritys Oy", DebtorKind.BUSINESS, "", Address())
    assert "keskeytetään" not in pdf_text(replace(letter, debtor=business))


@pytest.mark.parametrize("kind", ["reminder", "notice"])
@pytest.mark.parametrize("place", ["before", "after"])
def test_own_text_does_not_threaten(kind: Any, place: str) -> None:
    extras = Extras(**{place: "Annars ansöker vi hos Kronofogden."})
    with pytest.raises(ConfigError, match=r"says 'kronofog', which makes it a collection measure"):
        render_letter(native(kind, "SE", extras=extras))
    assert "Kronofogden." in render_letter(native("demand", "SE", extras=extras)).text


THREATS = (
    "Annars ansöker vi om betalningsföreläggande.", unicodedata.normalize("NFD", "Annars begär vi utmätning."), "Annars går ärendet till KFM.",
    unicodedata.normalize("NFD", "Rättsliga åtgärder följer."), "Krono\u00adfogden får ärendet.", "Kro\u200bno\u2060fogden får ärendet.",
    "Vi tar saken till\u00a0\n rätten.", "Ni får en anmärkning hos UC.", "\uff2b\uff26\uff2d får ärendet.", "Ellers sendes sagen til FOGEDRETTEN.",
    "Du bliver registreret i RKI.", "Vi tager retslige skridt.", "Kravet går til namsmannen.", "Saken sendes forliksrådet.",
    "Det gir en betalingsanmerkning.", "Asia siirtyy ulosottoon.", "Haemme maksua käräjäoikeudesta.", "Saatte maksuhäiriömerkinnän.",
    "Annars ansöker vi om betalnings föreläggande.", "Krono-fogden får ärendet.", "Krono\u2011fogden får ärendet.", "Krono-\n fogden får ärendet.",
    "Ni får en betalnings-anmärkning.", "Annars K F M.", "Annars K.F.M. och U. C.", "Kr\u043en\u043ef\u043egden får ärendet.",
    "\u039aR\u039fN\u039fFOGDEN", "Det går till dom-stol.", "KFM-ärende", "We go to court.", "A bailiff will call.", "It harms your credit record.",
)  # fmt: skip
"""What a reader understands, however it is written and in whatever language."""


@pytest.mark.parametrize("threat", THREATS)
def test_own_text_does_not_threaten_in_other_words(threat: str) -> None:
    with pytest.raises(ConfigError, match="which makes it a collection measure"):
        check_letter(native("reminder", "SE", extras=Extras(before=threat)), "SE")
    check_letter(native("demand", "SE", extras=Extras(before=threat)), "SE")


@pytest.mark.parametrize(
    "text",
    [
        "We write as a courtesy.",
        "Läs ut mätaren.",
        "Har ni rätten att göra avdrag?",
        "In- och utbetalningar",
        "Vi lär oss av allt",
        "Courtage tillkommer.",
        "Har ni en anmärkning mot fakturan? Hör av er.",
        "I överensstämning med avtalet.",
    ],
)
def test_words_that_hold_a_threat_are_none(text: str) -> None:
    check_letter(native("reminder", "SE", extras=Extras(after=text)), "SE")


def test_own_text_has_a_length() -> None:
    assert render_letter(native("reminder", "SE", extras=Extras(after="x " * 300))).pdf
    with pytest.raises(ConfigError, match="more than 600"):
        render_letter(native("reminder", "SE", extras=Extras(after="x" * 601)))


def test_own_text_stands_around_the_letter() -> None:
    letter = native("notice", "SE", extras=Extras(before="Hej <b>du</b>!", after="Ring #gärna *Åsa*."))
    told, html = pdf_text(letter), render_letter(letter).html
    assert told.index("Hej <b>du</b>!") < told.index("Enligt våra uppgifter") < told.index("bortse") < told.index("Ring #gärna *Åsa*.")
    assert "Hej &lt;b&gt;du&lt;/b&gt;!" in html and "<b>" not in html


def test_no_own_text_leaves_no_trace() -> None:
    assert render_letter(native("notice", "SE")) == render_letter(native("notice", "SE", extras=Extras()))


@pytest.mark.parametrize(
    "changed",
    [
        {"instalments": ()}, {"instalments": native("instalment_offer", "SE").instalments[:2]},
        {"instalments": native("instalment_offer", "SE").instalments[::-1]}, {"kind": "reminder"},
        {"kind": "thanks", "instalments": ()}, {"kind": "withdrawal", "instalments": ()},
    ],
)  # fmt: skip
def test_impossible_plan_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InvariantBrokenError):
        replace(native("instalment_offer", "SE"), **changed)


def test_thanks_says_what_is_left() -> None:
    paid = native("thanks", "SE")
    assert "Därmed är allt betalt" in render_letter(paid).text
    left = replace(paid, lines=(replace(paid.lines[0], open=paid.paid),))
    assert "Nu återstår 12 500,00 kr." in render_letter(left).text


def test_withdrawal_asks_for_nothing() -> None:
    told = pdf_text(native("withdrawal", "SE"))
    assert "5050-1055" not in told and "Återstår" not in told
    assert "3 september 2025" in told


def test_deferral_says_that_interest_runs() -> None:
    assert "löper under tiden" in pdf_text(native("deferral", "SE"))


@pytest.mark.parametrize("kind", ["reminder", "notice", "demand"])
def test_letter_that_hides_its_deduction_is_refused(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import letters

    letter = native(kind, "SE")
    netting = replace(letter, netted=((letter.lines[0].invoice_no, letter.open.split([1, 3])[0]),))
    assert view_of(netting).said["netted"] and "netted" not in view_of(letter).said
    render_letter(netting)
    real = letters.render_text
    monkeypatch.setattr(letters, "render_text", lambda view: real(view).replace("räknas av", "tas"))
    with pytest.raises(ConfigError, match="wants each credit that is deducted, with its invoice"):
        render_letter(netting)
