"""What Danish and Norwegian law ask of the demo, checked on its evidence: figures written here by hand, from the statutes named beside them."""

import itertools
import re
from collections import Counter
from datetime import date, timedelta

from commands.demo_story import COMPANIES
from tests.simulation.evidence import mails, minor, state

NOTICES = {"DK": ("påkrav efter inkassolovens § 10", 10), "NO": ("inkassovarsel etter inkassoloven § 9", 14)}
"""By country: the words that make a letter the notice before collection, and the days it gives from dispatch."""
MONTHS = {
    "DK": ["januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december"],
    "NO": ["januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"],
}
LANGUAGES = {"DK": ("At betale:", "Med venlig hilsen"), "NO": ("Å betale:", "Med vennlig hilsen")}
SWEDISH = ("Vänliga hälsningar", "Att betala", "bankgiro", "påminnelse")
AGENCY_COSTS = {
    # Bekendtgørelse 601/2002 bilag 1 since 2016-07-01, without VAT.
    "DK": ((1_000, 400), (2_500, 700), (5_000, 1_000), (10_000, 1_300), (25_000, 1_700), (50_000, 2_250), (100_000, 2_850)),
    # Inkassoforskriften § 2-1: 0.25, 0.35, 0.40, 0.80 and 1.60 of the inkassosats of 700.
    "NO": ((500, 175), (1_000, 245), (2_500, 280), (10_000, 560), (50_000, 1_120)),
}
COURT_FEES = {"DK": 400_00, "NO": 0}


def claims_in(folder, country):
    """The agency's claims of a country's creditors; the demo has at least five in each."""
    found = [claim for claim in state(folder, "agency")["claims"] if claim["country"] == country]
    assert len(found) >= 5, country
    return found


def mails_of(folder, country):
    """The mails of a country's companies."""
    domains = [company.domain for company in COMPANIES if company.country == country]
    found = [mail for mail in mails(folder) if mail.domain in domains]
    assert len(found) >= 12, country
    return found


def notice_gave(mail, country):
    """The last day to pay that a letter names."""
    day, month, year = re.search(r"Betales senest: +([0-9]+)\. (\w+)\.? ([0-9]{4})", mail.text).groups()
    return date(int(year), next(n for n, name in enumerate(MONTHS[country], 1) if name.startswith(month)), int(day))


def check_notice_before_handover(folder, country):
    """No claim came to the agency before the notice was out for as long as the law gives, and as long as the letter itself said."""
    words, days = NOTICES[country]
    domains = {company.org_no: company.domain for company in COMPANIES}
    sent = {
        (mail.domain, number): mail
        for mail in mails_of(folder, country)
        if words in " ".join(mail.text.split())
        for number in mail.invoices
    }
    for claim in claims_in(folder, country):
        handed_over = date.fromisoformat(claim["seen_on"])
        for line in claim["invoices"]:
            mail = sent[domains[claim["creditor"]], line["invoice_no"]]
            assert handed_over > mail.sent_on + timedelta(days=days), claim
            assert handed_over > notice_gave(mail, country) >= mail.sent_on + timedelta(days=days), claim
            assert str(mail.sent_on) in [letter["sent_on"] for letter in claim["letters"] if letter["kind"] == "notice"]


def check_letters_speak(folder, country):
    """Every letter is in the country's language and names what it is paid by: a KID with its check digit, or the Danish account."""
    for mail in mails_of(folder, country):
        assert all(word in mail.text for word in LANGUAGES[country]), mail.text
        assert not any(word in mail.text for word in SWEDISH), mail.text
        if country == "DK":
            assert re.search(r"^Reg\.nr\. og kontonr\.: +0040 0440116243\r?$", mail.text, re.MULTILINE), mail.text
        else:
            (reference,) = re.findall(r"^KID: +([0-9]+)\r?$", mail.text, re.MULTILINE)
            assert has_check_digit(reference)


def has_check_digit(digits):
    """Modulus 10: every second digit from the right doubled."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(sum(divmod(one, 10)) for one in doubled) % 10 == 0


def check_letter_fees(folder, country):
    """DK: at most three of 100, ten days apart (renteloven § 9 b). NO: at most two of 35, the second after fourteen days (§§ 1-2, 1-3)."""
    most, amount, apart = {"DK": (3, 100_00, 10), "NO": (2, 35_00, 15)}[country]
    charged = 0
    for claim in claims_in(folder, country):
        fees = [
            (date.fromisoformat(one["sent_on"]), minor(one["fee"]["amount"])) for one in claim["letters"] if minor(one["fee"]["amount"])
        ]
        assert len(fees) <= most and {fee for _, fee in fees} <= {amount}, claim
        days = sorted(day for day, _ in fees)
        assert all((later - earlier).days >= apart for earlier, later in itertools.pairwise(days)), claim
        carried = sum(one["amount_minor"] for one in claim["costs"] if one["component"] == "reminder_fee")
        assert carried == sum(fee for _, fee in fees)
        charged += len(fees)
    assert charged >= 10
    if country == "NO":
        (company,) = [company for company in COMPANIES if company.country == "NO"]
        invoices = state(folder, "visma")["companies"][f"C{company.number}"]["invoices"]
        due = {str(row["InvoiceNumber"]): date.fromisoformat(row["DueDate"][:10]) for row in invoices}
        first = {number: mail.sent_on for mail in reversed(mails_of(folder, "NO")) for number in mail.invoices}
        assert all(day >= due[number] + timedelta(days=14) for number, day in first.items())


def check_agency_costs(folder, country):
    """What the agency adds is within the country's caps, and the fixed amounts are for those who owe them."""
    for claim in claims_in(folder, country):
        principal = sum(line["principal_start_minor"] for line in claim["invoices"])
        cap = next(cost * 100 for up_to, cost in AGENCY_COSTS[country] if principal <= up_to * 100)
        sums = Counter()
        for one in claim["costs"]:
            sums[one["component"], one["payee"]] += one["amount_minor"]
        if country == "NO":
            cap = cap if claim["consumer"] else cap * 3 // 2
            cap *= 2 if date.fromisoformat(claim["seen_on"]) + timedelta(days=42) < date(2025, 8, 16) else 1
            assert sums["compensation", "creditor"] == sums["collection_cost", "creditor"] == 0
        else:
            assert sums["compensation", "creditor"] == (0 if claim["consumer"] else 310_00)  # renteloven § 9 a stk. 3, never a consumer
            assert sums["collection_cost", "creditor"] <= 100_00  # § 9 b stk. 3
        assert 0 < sums["collection_cost", "agency"] <= cap, claim
        assert sums["legal_cost", "creditor"] <= COURT_FEES[country]
