"""What a client's own text may not say: where or how much to pay, and, in a Swedish letter, court, enforcement and payment remarks.

Words of court make a letter a collection measure (inkassolagen 1 §). A Swedish creditor writes to its debtors in five languages, so the words
of all five count. What is looked for is not what stands there sign by sign but what a reader sees: spelt with combining marks or with letters
of another script, broken by soft hyphens, hyphens or spaces, or written in capitals it is the same word.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["find_payment", "find_threat"]

_SWEDISH: Final = (
    "domstol", "tingsrätt", "till rätten", "i rätten", "inför rätten", "rättegång", "rättslig", "juridisk åtgärd", "juridiska åtgärd",
    "juridiska steg", "juridisk process", "stämningsansök", "kronofog", "utmät", "exekuti", "verkställighet", "betalningsföreläg", "betalningsanm",
    "kreditupplysning", "konkurs",
)  # fmt: skip
_ANYWHERE: Final = (
    *_SWEDISH,
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
_THREAT: Final = re.compile("|".join([*(rf"\b{word}" if " " in word else word for word in _ANYWHERE), rf"\b(?:{'|'.join(_WHOLE)})\b"]))
_LONG: Final = re.compile("|".join(word for word in _SWEDISH if len(word) >= 8 and " " not in word))
"""Words so long that no others hold them across the spaces between them, as "läs ut mätaren" holds a shorter one."""
_BREAK: Final = re.compile(r"(?<=\w)-\s*\n\s*(?=\w)|(?<=[^\W\d])-(?=[^\W\d])")
"""A hyphen inside a word, at the end of its line too."""
_SPELT: Final = re.compile(r"(?<=\b[^\W\d])[ .]+(?=[^\W\d]\b)")
"""What stands between letters that are written one by one."""
_LOOK: Final = str.maketrans(
    "\u0430\u0432\u0435\u0451\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d\u04bb"
    "\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u0131\u0261",
    "abeekmhopctyxijsdqwhabezhikmnoptyxig",
)
"""Small letters of Cyrillic and Greek, and two odd Latin ones, that look like Latin letters, small or capital."""

ACCOUNT_MIN: Final = 7
"""Digits of a bankgiro number, the shortest account that is told by them alone."""
PHONE_MAX: Final = 14
"""Digits of a telephone number, written from its 0 or +: no account of ours begins so."""
_DAY: Final = re.compile(r"\b(?:19|20)\d\d-(?:0[1-9]|1[0-2])-[0-3]\d\b")
_RUN: Final = re.compile(r"[+]?\d(?:[ ()/-]*\d)*")
_ACCOUNT: Final = re.compile(
    r"\b[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]{4}){3,}|\b[0-9]{4}[. ][0-9]{2}[. ][0-9]{5}\b|[+][0-9]{2}<|\b[1-9][0-9]?(?: ?[0-9]{2}){1,3} ?- ?[0-9]\b"
)
"""An IBAN, a Norwegian account, a Danish payment line, a short plusgiro number."""
_AMOUNT: Final = re.compile(
    r"\b[0-9]+(?:[ .,:][0-9]+)* ?(?:[:,]-|(?:kr|krona|kronor|kroner|euro|SEK|DKK|NOK|EUR|€)(?!\w))|(?:\b(?:kr\.?|SEK|DKK|NOK|EUR)|€) ?[0-9][0-9 .,]*",
    re.IGNORECASE,
)


def find_payment(text: str) -> str:
    """Return the first of a text that looks like an account or an amount, or "": where and how much to pay stands in what a letter must say."""
    shown = _DAY.sub("…", _plain(text))
    found = _ACCOUNT.search(shown) or _AMOUNT.search(shown)
    return found[0].strip() if found else next((run[0] for run in _RUN.finditer(shown) if _is_account(run[0])), "")


def _is_account(run: str) -> bool:
    digits = sum(map(str.isdigit, run))
    return digits >= ACCOUNT_MIN and not (run[0] in "0+" and digits <= PHONE_MAX)


def find_threat(text: str) -> str:
    """Return the first word of a text that threatens, in small letters, or ""."""
    read = _as_read(text)
    joined = _SPELT.sub("", _as_read(_BREAK.sub("", _plain(text, lines=True))))
    found = _THREAT.search(read) or _THREAT.search(joined) or _LONG.search(joined.replace(" ", ""))
    return found[0] if found else ""


def _plain(text: str, *, lines: bool = False) -> str:
    """Return a text without characters that show nothing, with one kind of hyphen and of space, and, unless its lines are kept, as one line."""
    shown = unicodedata.normalize("NFKC", "".join(sign for sign in text if unicodedata.category(sign) != "Cf"))
    dashed = "".join("-" if unicodedata.category(sign) == "Pd" or sign == "\u2212" else sign for sign in shown)
    return dashed if lines else " ".join(dashed.split())


def _as_read(text: str) -> str:
    """Return a text as a reader sees it: small letters of one script, accents on their letters, one space between words."""
    composed = _plain(text).casefold().translate(_LOOK)
    return " ".join("".join(sign for sign in composed if unicodedata.category(sign) != "Mn").split())
