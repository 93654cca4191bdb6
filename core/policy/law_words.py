"""The law's sentences in other languages than the tables' English, by language and rule id."""

from __future__ import annotations

from typing import Final

from core.policy.facts import Reason

__all__ = ["LAW_WORDS", "law_sentence"]

_SWEDISH: Final = {
    "SE.interest.statutory": "Enkel dröjsmålsränta, varje dag efter det halvårets referensränta med ett tillägg av åtta procentenheter.",
    "SE.interest.from_due": "Förfallodagen {due} var bestämd i förväg: räntan löper från den.",
    "SE.interest.from_bill": (
        "Förfallodagen var inte bestämd i förväg: räntan löper från {from}, {days} dagar efter räkningen eller kravet {sent}, och inte innan det "
        "hade nått gäldenären eller skulden förfallit."
    ),
    "SE.interest.from_bill_date": (
        "Förfallodagen var inte bestämd i förväg: räntan löper från {from}, {days} dagar efter räkningens eget datum {sent}, som får gälla som "
        "avsändningsdag eftersom bokföringen inte har någon annan, och inte före förfallodagen."
    ),
    "SE.interest.public_term": (
        "Förfallodagen {due} är senare än ett offentligt organ får ha: räntan löper från {from}, {days} dagar efter räkningen {sent}."
    ),
    "SE.interest.no_notice": (
        "Förfallodagen var inte bestämd i förväg, och konsumentens räkning anger inte att utebliven betalning medför ränteskyldighet: ännu ingen ränta."
    ),
    "SE.interest.sent_unknown": (
        "Förfallodagen var inte bestämd i förväg, och dagen då räkningen avsändes är inte känd: det går inte att säga när räntan börjar löpa."
    ),
    "SE.interest.not_late": "Ingen ränta innan fordran är försenad; den skulle löpa från {from}.",
    "SE.interest.missing_rate": "Lagstadgad ränta från {from}; inget belopp, eftersom räntesatsen för {periods} saknas i tabellerna.",
    "SE.interest.no_rate": "Inget belopp: räntesatsen för {periods} saknas i tabellerna.",
    "SE.interest.unconfirmed_rate": "Inget belopp: ingen har bekräftat {rows}.",
    "SE.fee.reminder": "Skriftlig påminnelse {on}: avtalad senast när skulden uppkom, högst {cap}.",
    "SE.fee.demand": "Krav {on}, utformat enligt 5 § inkassolagen: högst {cap}, utan krav på avtal.",
    "SE.fee.plan": "Fullständig skriftlig avbetalningsplan {on}, upprättad i samråd med gäldenären: högst {cap}.",
    "SE.fee.reminder.not_agreed": "En påminnelseavgift kräver ett avtal senast när skulden uppkom; inget är noterat.",
    "SE.fee.once": "Avgiften för {kind} tas ut en gång per krav och har redan tagits ut.",
    "SE.fee.early": "Sänd {on}, när skulden inte var förfallen: den förföll {due}, och betalning {last} var i tid.",
    "SE.fee.paid": "Sänd {on}, när kapitalet redan var betalt: inte skäligen påkallad.",
    "SE.fee.debtor": "Lagen ger ingen avgift för {kind} mot denna sorts gäldenär ({debtor}).",
    "SE.fee.unknown": "Tabellerna har inget belopp för avgiften för {kind} {on}.",
    "SE.fee.currency": "Lagens belopp är i {law_currency} och detta krav i {currency}: en människa avgör.",
    "SE.fee.other": "Inget annat får tas ut för indrivningen, vad avtalet än säger.",
    "SE.compensation": (
        "Förseningsersättning vid försenad betalning mellan näringsidkare eller från ett offentligt organ; varken påminnelse eller avtal behövs."
    ),
    "SE.compensation.debtor": (
        "Förseningsersättning ska betalas mellan näringsidkare och av offentliga organ, aldrig av denna sorts gäldenär ({debtor})."
    ),
    "SE.compensation.not_goods": "Förseningsersättning gäller bara betalning för varor eller tjänster.",
    "SE.compensation.too_old": "Förseningsersättning gäller fordringar som förfaller efter 2013-03-16; denna förföll {due}.",
    "SE.compensation.not_late": "Förseningsersättning följer rätten till dröjsmålsränta, och den finns inte ännu.",
    "SE.compensation.absorbs": (
        "Förseningsersättningen räknas av mot {absorbed} av avgiften för {kind} {on}: bara det som avgifterna tillsammans överstiger den med ska betalas."
    ),
    "SE.compensation.possible": "En förseningsersättning på {amount} kan krävas i stället för avgifterna, som då räknas av.",
    "SE.payment.principal_first": "Betalningar räknas av på kapitalet, som bokföringen gör, var och en från dagen efter att den gjordes.",
    "SE.sequence.reminder": "En påminnelse som bara säger när det ska betalas, eller att kravet lämnas vidare, är ingen inkassoåtgärd.",
    "SE.sequence.handover": (
        "Ett krav får lämnas till ett ombud utan varsel; ombudets eget inkassokrav ska ge tid att betala eller invända före varje rättslig åtgärd."
    ),
    "SE.sequence.unfounded": (
        "Ingen inkassoåtgärd vidtas för en fordran som sannolikt är ogrundad, som en som är betald, krediterad eller bestridd."
    ),
    "SE.sequence.demand": (
        "Ett inkassokrav är en inkassoåtgärd: borgenären själv släpper det, och det anger kapital, ränta och kostnader var för sig."
    ),
}  # fmt: skip

LAW_WORDS: Final = {"sv": _SWEDISH}
"""Language → rule id → sentence, with the gaps of the English one. A rule without one here is told in English."""

_VALUES: Final = {
    "sv": {
        "reminder": "påminnelse", "demand": "krav", "plan": "avbetalningsplan", "compensation": "förseningsersättning", "business": "företag",
        "sole_trader": "enskild näringsidkare", "consumer": "konsument", "public": "offentligt organ",
    },
}  # fmt: skip
"""Words that stand in gaps."""


def law_sentence(reason: Reason, language: str) -> str:
    """Return the sentence of the legal rule a reason rests on; in English, as it was given, where the language has none."""
    facts = dict(reason.params)
    sentence = LAW_WORDS.get(language, {}).get(reason.rule)
    if sentence is None:
        return facts["says"]
    words = _VALUES[language]
    return sentence.format_map({name: words.get(value, value) for name, value in facts.items()})
