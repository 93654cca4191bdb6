"""Whether a company's books and the agency say the same in the demo's evidence, to the minor unit."""

from collections import Counter

from tests.simulation.evidence import agency_of, booked_by_now, minor, principal_by_payment, settlements_of


def check_books_agree(folder, books):
    """What was collected of each invoice, what is left, and what the settlements hold of interest, fees, costs and VAT."""
    agency, booked = agency_of(folder), Counter()
    assert all(sum(rows.values()) == 0 for _, rows in books.vouchers)
    by_now = booked_by_now(agency, books)
    for (invoice, _), amount in by_now.items():
        booked[invoice] += amount
    assert Counter(books.collected) == Counter((invoice, amount) for (invoice, _), amount in by_now.items())
    paid = Counter()
    for (invoice, _), amount in principal_by_payment(agency, books.creditor).items():
        paid[invoice] += amount
    lines = [line for claim in agency["claims"] if claim["creditor"] == books.creditor for line in claim["invoices"]]
    assert len(lines) >= 6
    for line in lines:
        ref = line["invoice_ref"]
        assert books.numbers[ref] == line["invoice_no"]
        assert books.opened[ref] == line["principal_left_minor"] + paid[ref] - booked[ref], (books.story.tenant, line)
    check_settlements(agency, books)


def check_settlements(agency, books):
    """Interest, fees, costs and VAT stand in the settlements' vouchers as the agency settled them."""
    accepted = [row for row in settlements_of(agency, books) if row["accepted"]]
    assert len(accepted) >= 2, books.story.tenant

    def of(*names):
        return sum(minor(row[name]["amount"]) for row in accepted for name in names)

    assert of("interest") > 0
    if books.story.charges_on:
        check_charges(books, of("interest", "creditor_fees"))
    else:
        assert books.settled(books.accounts["interest"]) == -of("interest")
        assert books.settled(books.accounts["fee"]) == -of("creditor_fees")
    assert (of("creditor_fees") > 0) == bool(books.story.fees_agreed)
    assert books.settled(books.accounts["cost"]) == of("commission", "costs") > 0
    assert books.settled(books.accounts["input_vat"]) == of("vat") > 0


def check_charges(books, received):
    """What was demanded stands until it is settled or taken back: the income is what came, and what still stands."""
    accounts = (books.accounts["interest"], books.accounts["fee"], books.story.charges_on)
    assert sum(books.settled(account) for account in accounts) == -received
    standing = books.balance(books.story.charges_on)
    assert -books.balance(accounts[0]) - books.balance(accounts[1]) == received + standing
    assert standing > 0 and sum("tilbageført" in text for text, _ in books.vouchers) >= 3
    letters = [rows for text, rows in books.vouchers if text.startswith("Rykkergebyr") and rows.get(books.story.charges_on) == 100_00]
    assert len(letters) >= 12
