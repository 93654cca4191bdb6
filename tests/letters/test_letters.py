"""A reminder says what it must, never what it must not, and comes out the same from the same input."""

import io
import re
import time
import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from core.claim import ClaimLine, DebtorParty, Party
from core.errors import ConfigError, InvariantBrokenError
from core.model import Address, DebtorKind
from core.money import Money
from core.ports import RenderedLetter
from letters import Extras, Letter, language_for, languages, render_cover, render_letter, render_print_queue
from letters.payment import qr_payload
from letters.pdf import SHOWN

HOSTILE = '#let x = 1; $a$ *b* _c_ `d` \\ "e" <script>alert(1)</script> [f] @g {h} // i'
THREATS = ("domstol", "kronofogd", "betalningsanmärkning", "rättslig", "stämning", "utmätning")


def sek(minor: int) -> Money:
    return Money(minor, "SEK")


def line(number: int = 0, **changed: Any) -> ClaimLine:
    day = timedelta(days=number)
    known = ClaimLine(
        f"r{number}", str(1042 + number), date(2025, 3, 2) + day, date(2025, 4, 1) + day, sek(15_000_00), sek(12_500_00), "10421",
        interest_from=date(2025, 4, 2) + day,
    )  # fmt: skip
    return replace(known, **changed)


CREDITOR = Party(
    "Lindqvists Snickeri AB", "5566778899", Address("Hantverkargatan 14", "", "11221", "Stockholm", "SE"),
    email="faktura@snickeri.example", phone="08-123 45 67", bankgiro="50501055", iban="SE3550000000054910000003",
)  # fmt: skip
DEBTOR = DebtorParty("Kontorshotell AB", DebtorKind.BUSINESS, "5560360793", Address("Storgatan 8", "", "90325", "Umeå", "SE"))
LETTER = Letter(
    kind="reminder", language="sv", written_on=date(2025, 4, 15), pay_by=date(2025, 4, 25), creditor=CREDITOR, debtor=DEBTOR,
    lines=(line(),), fee=sek(60_00), announces_collection=True, reference="KB-7F3A2C",
)  # fmt: skip


def render(letter: Letter = LETTER, **changed: Any) -> RenderedLetter:
    return render_letter(replace(letter, **changed))


def pdf_text(rendered: RenderedLetter) -> str:
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(rendered.pdf)).pages)
    return " ".join(text.replace("\u200b", "").split())


def forms(rendered: RenderedLetter) -> list[str]:
    """Every form as plain words, blanks made equal."""
    return [" ".join(form.split()) for form in (rendered.text, rendered.html, pdf_text(rendered))]


@pytest.mark.parametrize(
    "said",
    [
        "1042", "2 mars 2025", "1 apr. 2025", "15 000,00 kr", "12 500,00 kr", "12 560,00 kr", "25 april 2025", "5050-1055", "10421",
        "Påminnelseavgift", "60,00 kr", "KB-7F3A2C", "räntelagen", "2 april 2025", "inkassoföretag", "faktura@snickeri.example",
        "08-123 45 67", "Lindqvists Snickeri AB", "556677-8899", "112 21 Stockholm",
    ],
)  # fmt: skip
def test_every_form_says_it(said: str) -> None:
    assert all(said in form for form in forms(render()))


def test_disputed_part_is_shown_and_not_asked() -> None:
    told = forms(render(lines=(line(disputed=sek(2_500_00)),), fee=sek(0)))
    for said in ("återstår 12 500,00 kr", "invänt mot 2 500,00 kr", "betala 10 000,00 kr"):
        assert all(said in form for form in told)
    assert all("12 560,00 kr" not in form for form in told)


def test_no_dispute_leaves_no_trace() -> None:
    assert all("invän" not in form.lower() for form in forms(render()))


def test_wholly_disputed_line_is_refused() -> None:
    with pytest.raises(InvariantBrokenError):
        render(lines=(line(disputed=sek(12_500_00)),))


@pytest.mark.parametrize("announces", [True, False])
def test_no_form_threatens(announces: bool) -> None:  # noqa: FBT001
    for form in forms(render(announces_collection=announces)):
        assert not [threat for threat in THREATS if threat in form.lower()]


def test_collection_is_not_announced_unasked() -> None:
    assert all("inkasso" not in form.lower() for form in forms(render(announces_collection=False)))


def test_zero_fee_leaves_no_trace() -> None:
    assert all("avgift" not in form.lower() for form in forms(render(fee=sek(0))))


def test_interest_is_not_mentioned_unasked() -> None:
    assert all("ränt" not in form.lower() for form in forms(render(lines=(line(interest_from=None),))))


def test_interest_has_no_figure() -> None:
    assert all("%" not in form.split("räntelagen")[1][:60] for form in forms(render()))


def test_identity_number_stays_out() -> None:
    assert all("5560360793" not in form and "556036-0793" not in form for form in forms(render()))


def test_subject_names_invoice_or_count() -> None:
    assert render().subject == "Påminnelse om faktura 1042 från Lindqvists Snickeri AB"
    assert render(lines=(line(), line(1))).subject == "Påminnelse om 2 fakturor från Lindqvists Snickeri AB"


def test_same_letter_same_bytes() -> None:
    first = render()
    time.sleep(1.1)  # long enough for any time stamp to differ
    assert render() == first


def test_pdf_is_archivable_and_accessible() -> None:
    pdf = PdfReader(io.BytesIO(render().pdf))
    xmp = pdf.root_object["/Metadata"].get_data()  # type: ignore[union-attr]
    assert b"<pdfaid:part>2<" in xmp
    assert b"<pdfuaid:part>1<" in xmp
    assert pdf.root_object["/Lang"] == "sv-SE"
    assert pdf.root_object["/MarkInfo"]["/Marked"]  # type: ignore[index]


def test_hostile_values_stay_text() -> None:
    creditor, debtor = replace(CREDITOR, name=HOSTILE), replace(DEBTOR, name=HOSTILE, address=Address(HOSTILE, HOSTILE, "1", HOSTILE))
    rendered = render(creditor=creditor, debtor=debtor, reference=HOSTILE, lines=(line(invoice_no=HOSTILE, payment_reference=HOSTILE),))
    assert HOSTILE in pdf_text(rendered)
    assert "<script>" not in rendered.html
    assert "&lt;script&gt;" in rendered.html


def test_patterns_in_values_stay_text() -> None:
    rendered = render(creditor=replace(CREDITOR, name="{pay_by} {0} {page}"))
    assert rendered.subject.endswith("från {pay_by} {0} {page}")
    assert "{pay_by} {0} {page}" in pdf_text(rendered)


@pytest.mark.parametrize("name", ["A" * 600, "Åå " * 200, "a\x00\x07\r\nb", "\u202egnp.exe", "e\u0301", "Ελένη", "Анна"])
def test_any_name_is_rendered(name: str) -> None:
    rendered = render(creditor=replace(CREDITOR, name=name), debtor=replace(DEBTOR, name=name))
    assert rendered.pdf.startswith(b"%PDF")
    assert not {"\r", "\n", "\0", "\u202e"} & set(rendered.subject)


@pytest.mark.parametrize(
    ("name", "sign"), [("漢字 AB", "漢"), ("شركة", "ش"), ("Café ☕", "☕"), ("Bo \U0001d518", "\U0001d518"), ("🍕 AB", "🍕")]
)
def test_name_that_no_font_shows_is_refused(name: str, sign: str) -> None:
    told = f"'{name}' holds '{sign}', which its fonts (Latin, Greek and Cyrillic) can't show"
    for changed in (replace(DEBTOR, name=name), replace(DEBTOR, address=replace(DEBTOR.address, line1=name))):
        with pytest.raises(ConfigError, match=re.escape(told)):
            render(debtor=changed)
    with pytest.raises(ConfigError, match=re.escape(told)):
        render(creditor=replace(CREDITOR, name=name))
    assert "□ och □" in pdf_text(render(extras=Extras(before="漢 och ☕")))


def test_shown_characters_have_glyphs() -> None:
    shown = "".join(char for code in range(0x20, 0x2600) if SHOWN.match(char := chr(code)) and unicodedata.category(char)[0] not in "CZ")
    assert "□" not in pdf_text(render(debtor=replace(DEBTOR, name=shown.replace("□", ""))))


def test_forty_lines_fill_pages() -> None:
    rendered = render(lines=tuple(line(number, payment_reference=f"{number:025}") for number in range(40)))
    text = pdf_text(rendered)
    assert len(PdfReader(io.BytesIO(rendered.pdf)).pages) > 1
    assert all(f"{1042 + number}" in text for number in range(40))
    assert "Sida 1 av" in text
    assert text.count("Förfallodag") > 1


def test_one_page_has_no_number() -> None:
    assert "Sida" not in pdf_text(render())


def test_own_references_pay_separately() -> None:
    several = render(lines=(line(), line(1, payment_reference="200006")))
    assert "Betala varje faktura för sig" in several.text
    assert "Lägg det som tillkommer utöver fakturorna till betalningen av faktura 1042" in pdf_text(several)
    assert "200006" in several.html


def test_shared_reference_pays_once() -> None:
    assert "för sig" not in render(lines=(line(), line(1))).text


def test_plusgiro_stands_in_for_bankgiro() -> None:
    text = render(creditor=replace(CREDITOR, bankgiro="", plusgiro="1234566")).text
    assert "Plusgiro:      12 34 56-6" in text
    assert "Plusgiro" not in render(creditor=replace(CREDITOR, plusgiro="1234566")).text


def test_payer_abroad_sees_iban() -> None:
    abroad = replace(DEBTOR, address=Address("Hauptstr. 1", "", "10115", "Berlin", "DE"))
    assert "SE35 5000 0000 0549 1000 0003" in render(debtor=abroad).text
    assert "TYSKLAND" in pdf_text(render(debtor=abroad))


def test_payer_at_home_sees_no_iban() -> None:
    text = render(creditor=replace(CREDITOR, bic="ESSESESS")).text
    assert "IBAN" not in text and "BIC" not in text


def test_iban_alone_is_the_account() -> None:
    text = render(creditor=replace(CREDITOR, bankgiro="", bic="ESSESESS")).text
    assert "SE35 5000 0000 0549 1000 0003" in text and "ESSESESS" in text


def test_first_interest_day_of_several() -> None:
    later = line(1, interest_from=date(2025, 5, 20))
    assert all("tidigast från den 2 april 2025" in form for form in forms(render(lines=(later, line()))))


@pytest.mark.parametrize(
    ("wanted", "country", "written"),
    [
        ("sv", "DE", "sv"), ("en", "SE", "en"), ("no", "SE", "nb"), ("xx", "", "sv"), ("xx", "DK", "da"), ("", "FI", "fi"), ("de", "DE", "en"),
        ("../words/sv", "SE", "sv"), ("codes", "NO", "nb"),
    ],
)  # fmt: skip
def test_language_falls_back_to_country(wanted: str, country: str, written: str) -> None:
    assert language_for(wanted, country) == written  # a debtor's other language must not stop a letter


def test_missing_account_points_to_invoice() -> None:
    assert "Kontot på fakturan" in pdf_text(render(creditor=replace(CREDITOR, bankgiro="", iban="")))


def test_missing_contact_points_to_address() -> None:
    assert "på adressen i det här brevet" in render(creditor=replace(CREDITOR, email="", phone="")).text


def test_other_currency_is_written() -> None:
    euro = line(original=Money(10_00, "EUR"), open=Money(10_00, "EUR"))
    assert "10,00 €" in render(lines=(euro,), fee=Money(0, "EUR")).text


@pytest.mark.parametrize("language", ["no", "../words/sv", "SV", "xx"])
def test_unknown_language_is_named(language: str) -> None:
    with pytest.raises(ConfigError, match=language.replace(".", r"\.")):
        render(language=language)
    assert languages() == ("da", "en", "fi", "nb", "sv")


@pytest.mark.parametrize("kind", ["summons", "label", "law", "common", "locale"])
def test_unknown_kind_is_named(kind: str) -> None:
    with pytest.raises(ConfigError, match=kind):
        render(kind=kind)


@pytest.mark.parametrize(
    "changed",
    [
        {"lines": ()}, {"fee": Money(0, "EUR")}, {"fee": sek(-1)}, {"lines": (line(open=sek(0)),)}, {"lines": (line(open=sek(-1)),)},
        {"pay_by": date(2025, 4, 14)},
    ],
)  # fmt: skip
def test_impossible_letter_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InvariantBrokenError):
        render(**changed)


@pytest.mark.parametrize(("reference", "name"), [("KB-7F3A2C", "KB-7F3A2C"), ("../å b/", "a-b"), ("", "1"), ("x" * 99, "x" * 60)])
def test_file_name_is_plain(reference: str, name: str) -> None:
    assert render(reference=reference).name == f"paminnelse-{name}.pdf"


def test_print_queue_keeps_order() -> None:
    second = render(reference="KB-2")
    queue = PdfReader(io.BytesIO(render_print_queue([render().pdf, second.pdf])))
    assert ["KB-2" in page.extract_text() for page in queue.pages] == [False, True]
    assert render_print_queue([second.pdf]) == render_print_queue([second.pdf])


def test_duplex_queue_separates_letters() -> None:
    queue = PdfReader(io.BytesIO(render_print_queue([render().pdf, render().pdf], duplex=True)))
    assert [bool(page.extract_text()) for page in queue.pages] == [True, False, True]


@pytest.mark.parametrize("pdfs", [[], [b"no pdf"], [b""]])
def test_print_queue_refuses_rubbish(pdfs: list[bytes]) -> None:
    with pytest.raises(InvariantBrokenError):
        render_print_queue(pdfs)


def test_rendering_is_quick() -> None:
    render()
    start = time.process_time()
    for number in range(10):
        render(reference=f"KB-{number}")
    assert (time.process_time() - start) / 10 < 0.15  # 32 ms measured; room for a slow machine


def test_cover_names_creditor_and_invoice_alone() -> None:
    cover = render_cover("sv", replace(CREDITOR, name="Åke <b> & Co"), "10\n42")
    assert cover.subject == "Påminnelse om faktura 10 42 från Åke <b> & Co"
    assert "faktura 10 42" in cover.text and "Åke <b> & Co" in cover.text
    assert "Åke &lt;b&gt; &amp; Co" in cover.html
    assert (cover.pdf, cover.name) == (b"", "paminnelse-10-42.pdf")
    assert "kr" not in cover.text.split()


def test_cover_in_unknown_language_is_named() -> None:
    with pytest.raises(ConfigError, match="xx"):
        render_cover("xx", CREDITOR, "1")


NETTED = {"lines": (line(open=sek(12_500_00)),), "netted": (("1042", sek(2_500_00)),), "fee": sek(0)}
NETTED_SAYS = {
    "sv": ("12 500,00 kr", "räknas av på faktura 1042", "2 500,00 kr som du har till godo", "10 000,00 kr"),
    "da": ("12.500,00 SEK", "modregnet i faktura 1042", "2.500,00 SEK, som du har til gode", "10.000,00 SEK"),
    "nb": ("12 500,00 SEK", "trukket fra på faktura 1042", "2 500,00 SEK som du har til gode", "10 000,00 SEK"),
    "fi": ("12 500,00 SEK", "vähennetty laskusta 1042", "teille kuuluvan hyvityksen 2 500,00 SEK", "10 000,00 SEK"),
    "en": ("12,500.00", "deducted from invoice 1042", "2,500.00 that you have to your credit", "10,000.00"),
}


@pytest.mark.parametrize("language", NETTED_SAYS)
@pytest.mark.parametrize("kind", ["reminder", "notice"])
def test_credit_is_shown_and_deducted(language: str, kind: Any) -> None:
    told = [
        unicodedata.normalize("NFKC", form) for form in forms(render(kind=kind, language=language, announces_collection=False, **NETTED))
    ]
    for said in NETTED_SAYS[language]:
        assert all(unicodedata.normalize("NFKC", said) in form for form in told), said


def test_credit_beside_a_dispute_lowers_further() -> None:
    told = forms(render(lines=(line(disputed=sek(1_000_00)),), netted=(("1042", sek(2_500_00)),), fee=sek(60_00)))
    for said in ("invänt mot 1 000,00 kr", "Vi räknar av 2 500,00 kr", "betala 9 000,00 kr", "9 060,00 kr"):
        assert all(said in form for form in told)


def test_credit_is_deducted_of_its_own_invoice() -> None:
    told = forms(render(lines=(line(), line(1)), netted=(("1043", sek(500_00)),), fee=sek(0)))
    assert all("räknas av på faktura 1043" in form and "faktura 1042:" not in form and "24 500,00 kr" in form for form in told)


def test_payment_codes_are_of_the_net() -> None:
    letter = replace(LETTER, **NETTED)
    assert letter.to_pay == sek(10_000_00)
    assert '"due":10000.00' in qr_payload(letter)


@pytest.mark.parametrize(
    "netted", [(("1042", sek(12_500_00)),), (("1042", sek(0)),), (("1042", sek(-1)),), (("9", sek(1)),), (("1042", Money(1, "EUR")),)]
)
def test_credit_leaves_something_to_ask_for(netted: Any) -> None:
    with pytest.raises(InvariantBrokenError):
        replace(LETTER, netted=netted)


def test_no_credit_leaves_no_trace() -> None:
    assert all("godo" not in form.lower() for form in forms(render()))
