"""Words of court, enforcement and payment remarks: in a Swedish letter they make it a collection measure (inkassolagen 1 §).

A Swedish creditor writes to its debtors in five languages, so the words of all five count. What is looked for is not what stands there letter by
letter but what a reader sees: spelt with combining marks, broken by soft hyphens or written in capitals it is the same word.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["find_threat"]

_ANYWHERE: Final = (
    # Swedish
    "domstol", "tingsrätt", "till rätten", "i rätten", "inför rätten", "rättegång", "rättslig", "juridisk åtgärd", "juridiska åtgärd",
    "juridiska steg", "juridisk process", "stämningsansök", "kronofog", "utmät", "exekuti", "verkställighet", "betalningsföreläg", "betalningsanm",
    "kreditupplysning", "konkurs",
    # Danish
    "retssag", "retslig", "retlige skridt", "for retten", "i retten", "til retten", "foged", "stævn", "sagsanlæg", "betalingspåkrav", "foretage udlæg", "udlægsforretning",
    "tvangsfuld", "skyldnerregist", "dårlig betaler", "dårlige betalere",
    # Norwegian
    "rettslig", "rettssak", "tingrett", "søksmål", "stevning", "forliksråd", "namsmann", "namsfog", "namsmyndighet", "utleggstrekk",
    "utleggsforretning", "begjære utlegg", "tvangsinndriv", "tvangsfullbyrd", "betalingsanm",
    # Finnish
    "oikeuteen", "oikeudessa", "oikeustoim", "oikeudelli", "käräjä", "tuomioistui", "haastehakem", "ulosot", "maksuhäiri", "luottotieto",
    # English
    "legal action", "legal step", "legal proceeding", "legal measure", "lawsuit", "litigation", "enforcement", "bailiff", "order for payment",
    "payment remark", "credit record", "credit rating", "credit history", "credit bureau", "bankruptcy",
)  # fmt: skip
_WHOLE: Final = ("stämning", "kfm", "uc", "rki", "court", "courts")
"""Words that others hold: "överensstämning", "courtesy"."""
_THREAT: Final = re.compile("|".join([*map(re.escape, _ANYWHERE), rf"\b(?:{'|'.join(_WHOLE)})\b"]))


def find_threat(text: str) -> str:
    """Return the first word of a text that threatens, in small letters, or ""."""
    found = _THREAT.search(_as_read(text))
    return found[0] if found else ""


def _as_read(text: str) -> str:
    """Return a text as a reader sees it: without characters that show nothing, accents on their letters, one space between words."""
    shown = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    composed = unicodedata.normalize("NFKC", shown).casefold()
    return " ".join("".join(sign for sign in composed if unicodedata.category(sign) != "Mn").split())
