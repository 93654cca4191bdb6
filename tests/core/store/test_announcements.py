"""What the link in a mail about a handover can stop."""

from datetime import date

import pytest

from core.store.announcements import Announced, announce, standing

APRIL = (date(2025, 4, 1), date(2025, 4, 3))
MAY = (date(2025, 5, 1), date(2025, 5, 3))


@pytest.mark.parametrize(
    ("invoice", "agency", "stops"), [("1", "nord", Announced("1", "nord", *MAY)), ("2", "nord", None), ("1", "syd", None)]
)
def test_link_stops_what_is_announced_of_its_invoice_to_its_agency(database, invoice, agency, stops):
    """The mail is of April, and the handover was announced anew in May."""
    with database.write() as connection:
        announce(connection, "a", "1", "nord", MAY[0])
        assert standing(connection, "a", Announced(invoice, agency, *APRIL)) == stops
