"""What stands in the books in words: voucher texts, marks and the name of our way of payment, in the language of the books' country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["BookWords", "words_of"]


@dataclass(frozen=True, slots=True)
class BookWords:
    """The words of one language; each is a voucher's row or the beginning of a text."""

    collection: str
    settlement: str
    event_day: str
    cost: str
    input_vat: str
    interest: str
    fee: str
    overpaid: str
    at_agency: str
    ended: str
    charges: str
    waived: str


WORDS: Final[Mapping[str, BookWords]] = {
    "SE": BookWords(
        "inkasso", "Avräkning", "händelsedag", "Inkassoarvode", "Ingående moms", "Dröjsmålsränta", "Påminnelseavgift, ersättning", "Överbetalning",
        "Inkasso", "Inkasso avslutat", "Fordran avgifter och ränta", "återförd",
    ),
    "DK": BookWords(
        "inkasso", "Afregning", "hændelsesdag", "Inkassohonorar", "Købsmoms", "Morarente", "Rykkergebyr, kompensation", "Overbetaling", "Inkasso",
        "Inkasso afsluttet", "Tilgodehavende gebyrer og renter", "tilbageført",
    ),
    "NO": BookWords(
        "inkasso", "Avregning", "hendelsesdag", "Inkassohonorar", "Inngående mva", "Forsinkelsesrente", "Purregebyr, kompensasjon", "Overbetaling",
        "Inkasso", "Inkasso avsluttet", "Fordring gebyrer og renter", "tilbakeført",
    ),
    "FI": BookWords(
        "perintä", "Tilitys", "tapahtumapäivä", "Perintäpalkkio", "Ostojen arvonlisävero", "Viivästyskorko", "Muistutusmaksu, korvaus",
        "Liikasuoritus", "Perintä", "Perintä päättynyt", "Maksu- ja korkosaamiset", "peruutettu",
    ),
}  # fmt: skip


def words_of(country: str) -> BookWords:
    """Return the words of a country's books; a tenant is always in one of these (see `core.clock.ZONES`)."""
    return WORDS[country]
