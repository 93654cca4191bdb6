"""The law's sentences in other languages than the tables' English, by language and rule id."""

from __future__ import annotations

from typing import Final

from core.policy.amounts import amount_in
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
    "SE.fee.currency": "Lagens belopp är i {law_currency} och detta krav i {currency}: en person avgör.",
    "SE.fee.other": "Inget annat får tas ut för indrivningen, inte heller en avgift för {kind}, vad avtalet än säger.",
    "SE.compensation": (
        "Förseningsersättning vid försenad betalning mellan näringsidkare eller från ett offentligt organ; varken påminnelse eller avtal behövs."
    ),
    "SE.compensation.debtor": (
        "Förseningsersättning ska betalas mellan näringsidkare och av offentliga organ, aldrig av denna sorts gäldenär ({debtor})."
    ),
    "SE.compensation.not_goods": "Förseningsersättning gäller bara betalning för varor eller tjänster.",
    "SE.compensation.no_row": "Förseningsersättning gäller fordringar som förfaller efter 2013-03-16; denna förföll {on}.",
    "SE.compensation.not_late": "Förseningsersättning följer rätten till dröjsmålsränta, och den finns inte ännu.",
    "SE.compensation.absorbs": (
        "Förseningsersättningen räknas av mot {absorbed} av avgiften för {kind} {on}: bara det som avgifterna tillsammans överstiger den med ska betalas."
    ),
    "SE.compensation.possible": "En förseningsersättning på {amount} kan krävas i stället för avgifterna, som då räknas av.",
    "SE.payment.principal_first": "Betalningar räknas av på kapitalet, som bokföringen gör, var och en från dagen efter att den gjordes.",
    "SE.sequence.reminder": "En påminnelse som bara säger när det ska betalas, eller att kravet lämnas vidare, är ingen inkassoåtgärd.",
    "SE.sequence.handover": (
        "Ett krav får lämnas till ett inkassoföretag utan varsel; inkassoföretagets eget inkassokrav ska ge tid att betala eller invända före varje "
        "rättslig åtgärd."
    ),
    "SE.sequence.unfounded": (
        "Ingen inkassoåtgärd vidtas för en fordran som sannolikt är ogrundad, som en som är betald, krediterad eller bestridd."
    ),
    "SE.sequence.demand": (
        "Ett inkassokrav är en inkassoåtgärd: borgenären själv släpper det, och det anger kapital, ränta och kostnader var för sig."
    ),
    "SE.interest.agreed_free": "Enkel dröjsmålsränta efter den avtalade räntesatsen {rate} % om året.",
    "SE.interest.agreed_ceiling": "Enkel dröjsmålsränta efter den avtalade räntesatsen {rate} % om året, aldrig över dagens lagstadgade.",
    "SE.interest.agreed_floor": "Enkel dröjsmålsränta efter den avtalade räntesatsen {rate} % om året, aldrig under dagens lagstadgade.",
    "SE.interest.agreed_invoice": (
        "Enkel dröjsmålsränta efter den lagstadgade räntesatsen: {rate} % står bara på räkningen och är inte avtalat."
    ),
    "SE.interest.creditor_delay": "Borgenären har själv orsakat dröjsmålet: det medför ingen ränta.",
    "SE.interest.debtor": "Denna lag ger ingen dröjsmålsränta mot denna sorts gäldenär ({debtor}).",
    "SE.interest.electronic": (
        "Förfallodagen var inte bestämd i förväg, och räkningen gick elektroniskt till en gäldenär som inte uttryckligen hade "
        "godtagit det: ännu ingen ränta."
    ),
    "SE.fee.notice": "Varsel om inkasso {on}: högst {cap}.",
    "SE.fee.extension": "Längre tid att betala, given {on}: högst {cap}.",
    "SE.fee.handover": "Uppdrag till någon annan att driva in, {on}: högst {cap}.",
    "SE.fee.agency_cost": "Inkassoföretagets kostnader för ett krav på {claim}: högst {cap}.",
    "SE.fee.agency_cost.no_notice": "Inkassoföretagets kostnader ska betalas först när varslet har gått och dess tid har löpt ut utan betalning.",
    "SE.fee.creditor_delay": "Borgenären har själv orsakat dröjsmålet: det kostar gäldenären ingenting.",
    "SE.fee.broken_plan": "Sänd {on}, efter att avbetalningsplanen bröts: ingen ny avgift för {kind}.",
    "SE.fee.needs_before": "En avgift för {kind} förutsätter {before}; ingenting sådant gick före {on}.",
    "SE.fee.spacing": "Sänd {on}, mindre än {days} dagar efter brevet {before}: ingen avgift för {kind}.",
    "SE.fee.disputed": "Hela kravet är bestritt: ingen avgift tas ut för indrivningen.",
    "SE.fee.total_cap": "Avgifterna får tillsammans inte överstiga {cap}; {cut} av avgiften för {kind} {on} ligger däröver.",
    "SE.fee.foreign": "Gäldenären finns i {abroad}: lagens fasta belopp antas inte gälla där, en person avgör.",
    "SE.compensation.disputed": "Hela kravet är bestritt: ingen förseningsersättning tas ut.",
    "SE.payment.order": "Säger gäldenären inget annat går en betalning till {order}, den äldsta skulden först.",
    "SE.payment.designated": "Gäldenären har sagt vad betalningen gäller.",
    "SE.payment.overpaid": "Det betalades mer än skulden: resten är gäldenärens.",
    "SE.sequence.threat": (
        "Påminnelsen hotar med domstol, utmätning eller betalningsanmärkning: det gör den till en inkassoåtgärd, så den måste vara "
        "ett inkassokrav."
    ),
    "SE.sequence.not_due": "Inget påminns om eller drivs in innan det är försenat; förfallodagen är {due}, och betalning {last} är i tid.",
    "SE.sequence.notice": "Varslet ger minst {days} dagar från avsändandet, här till {until}.",
    "SE.sequence.short": "Brevet ({kind}) av {on} ger tid till {pay_by}; det måste ge tid till minst {until}.",
    "SE.sequence.demand_release": "Ett inkassokrav släpps av borgenären själv; ingen annan får göra det.",
    "SE.sequence.handover_notice": "Varslet av {on} finns, och dess tid löpte ut {until}.",
    "SE.sequence.notice_missing": "Det finns inget varsel: kravet får inte drivas in ännu.",
    "SE.sequence.notice_running": "Varslet av {on} löper till {until}: dessförinnan görs inget annat.",
    "SE.sequence.agency_sends": "Inkassoföretaget får i uppdrag att först sända varslet, och att inte ta ut något innan dess tid har löpt ut.",
    "SE.sequence.at_risk": "Varslets tid får förkortas, eftersom betalningen är i överhängande fara; en person svarar för det.",
    "SE.sequence.public": "Ett offentligt organs skuld lämnas aldrig vidare av sig själv: en person avgör.",
    "SE.sequence.legal": "En rättslig åtgärd står öppen: inkassokravet av {on} löpte ut {until}, utan betalning och utan invändning.",
    "SE.sequence.demand_missing": "Ingen rättslig åtgärd innan ett inkassokrav med tid att betala eller invända har gått och löpt ut.",
    "SE.sequence.demand_running": "Inkassokravet av {on} löper till {until}: dessförinnan ingen rättslig åtgärd.",
    "SE.sequence.demand_old": "Inkassokravet av {on} är äldre än {months} månader: det måste förnyas före en rättslig åtgärd.",
    "SE.sequence.objection": "Gäldenären invänder: det enkla förfarandet är för obestridda krav, en person avgör om domstol.",
    "SE.sequence.above_limit": "Kravet på {claim} ligger över {limit}, som det enkla förfarandet är öppet till.",
    "SE.sequence.court_by_person": "Steget till domstol tas bara av en person.",
    "SE.limitation.ends": "Fordran lever till {until}: {years} år, räknade från {from} och från varje avbrott som gäller.",
    "SE.limitation.counts": "Preskriptionstiden börjar om genom {kind} {on}.",
    "SE.limitation.no_proof": "Det som skedde {on} ({kind}) gäller bara med bevis att gäldenären fick det; ett sänt mejl är inget.",
    "SE.limitation.not_counted": "Preskription avbryts inte av {kind} här.",
    "SE.limitation.too_late": "Det som skedde {on} ({kind}) kom efter att fordran hade preskriberats {until}.",
    "SE.limitation.not_pursued": "Det som skedde {on} ({kind}) gäller bara så länge det fullföljs.",
    "SE.limitation.passed": "Fordran preskriberades {until}: inget av den får drivas in.",
    "SE.limitation.near": "Fordran preskriberas {until}: bara det som avbryter preskription här räddar den, en person avgör.",
    "SE.collect.disputed": "{amount} är bestritt: inget av det drivs in förrän det är avgjort.",
    "SE.collect.small": "{open} är mindre än {limit}: det jagas inte.",
    "SE.collect.minor": "Gäldenären är underårig: inget drivs in utan klar rättslig grund.",
    "SE.collect.deceased": "Gäldenären är död: inget sänds till personen; en person vänder sig senare till dödsboet.",
    "SE.collect.protected": (
        "Gäldenären har skyddad identitet: brev går genom myndigheten som förmedlar dem, och adressen står i ingen lista."
    ),
    "SE.collect.insolvent": "Gäldenären är på obestånd: breven upphör, fordran bevakas i förfarandet inom dess frist.",
    "SE.collect.stop_asked": "Gäldenären har begärt att den frivilliga indrivningen upphör: bara domstol återstår, en person avgör.",
    "SE.abroad.home_law": "Gäldenären är konsument i {abroad}: konsumentens hemlands lag gäller.",
    "SE.abroad.no_tables": "Gäldenären är konsument i {abroad}, vars lag inte finns i tabellerna: en person avgör.",
    "SE.abroad.creditor_law": "Gäldenären är näringsidkare i {abroad}: säljarens lag gäller för köpet, dess fasta belopp antas inte.",
    "SE.abroad.same": "Borgenär och gäldenär lever under samma lag.",
    "SE.abroad.european_order": "Det europeiska betalningsföreläggandet står öppet mot {abroad}; en person tar det.",
    "SE.abroad.no_european_order": "Det europeiska betalningsföreläggandet gäller inte mellan {home} och {abroad}.",
}  # fmt: skip

LAW_WORDS: Final = {"sv": _SWEDISH}
"""Language → rule id → sentence, with the gaps of the English one. A rule without one here is told in English."""

_VALUES: Final = {
    "sv": {
        "reminder": "påminnelse", "demand": "krav", "plan": "avbetalningsplan", "compensation": "förseningsersättning", "business": "företag",
        "sole_trader": "enskild näringsidkare", "consumer": "konsument", "public": "offentligt organ", "notice": "varsel",
        "extension": "längre betalningstid", "handover": "uppdrag till inkassoföretag", "agency_cost": "inkassoföretagets kostnader", "payment": "betalning",
        "interest_payment": "betalning av ränta", "acknowledgement": "erkännande", "written_acknowledgement": "skriftligt erkännande",
        "settlement": "förlikning", "legal_step": "rättslig åtgärd", "judgment": "dom",
        "cost, then interest, then principal": "kostnader, sedan ränta, sedan kapital",
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
    return sentence.format_map({name: words.get(value) or amount_in(value, language) for name, value in facts.items()})
