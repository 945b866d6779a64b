"""What Italian verbs do that no rule foretells. A key stands for its compounds too (`tenere` for `ottenere`),
unless it is in `ALONE`: `essere` is not the end of `tessere`, nor `dare` of `guardare`.
"""

from __future__ import annotations

from typing import TypeVar

from domain.practice.wordlists import words

T = TypeVar("T")

ALONE = frozenset(
    words(
        "essere avere andare dare stare fare dire bere udire dovere potere volere sapere ridere godere cedere "
        "vendere perdere credere mordere ardere ergere radere solere volvere"
    )
)

COMPOUNDS = {
    "rifare": "fare",
    "disfare": "fare",
    "sopraffare": "fare",
    "contraffare": "fare",
    "soddisfare": "fare",
    "ridire": "dire",
    "disdire": "dire",
    "predire": "dire",
    "contraddire": "dire",
    "maledire": "dire",
    "benedire": "dire",
    "indire": "dire",
    "interdire": "dire",
    "strafare": "fare",
    "assuefare": "fare",
    "stupefare": "fare",
    "liquefare": "fare",
    "putrefare": "fare",
    "sottostare": "stare",
    "arridere": "ridere",
    "disperdere": "perdere",
    "devolvere": "volvere",
    "evolvere": "volvere",
    "sorridere": "ridere",
    "deridere": "ridere",
    "irridere": "ridere",
    "rivendere": "vendere",
    "rimordere": "mordere",
    "rivolere": "volere",
    "riavere": "avere",
    "ridare": "dare",
}

PRESENT = {
    "essere": "sono sei è siamo siete sono",
    "avere": "ho hai ha abbiamo avete hanno",
    "andare": "vado vai va andiamo andate vanno",
    "dare": "do dai dà diamo date danno",
    "stare": "sto stai sta stiamo state stanno",
    "fare": "faccio fai fa facciamo fate fanno",
    "dire": "dico dici dice diciamo dite dicono",
    "bere": "bevo bevi beve beviamo bevete bevono",
    "udire": "odo odi ode udiamo udite odono",
    "dovere": "devo devi deve dobbiamo dovete devono",
    "potere": "posso puoi può possiamo potete possono",
    "volere": "voglio vuoi vuole vogliamo volete vogliono",
    "sapere": "so sai sa sappiamo sapete sanno",
    "venire": "vengo vieni viene veniamo venite vengono",
    "tenere": "tengo tieni tiene teniamo tenete tengono",
    "porre": "pongo poni pone poniamo ponete pongono",
    "durre": "duco duci duce duciamo ducete ducono",
    "trarre": "traggo trai trae traiamo traete traggono",
    "salire": "salgo sali sale saliamo salite salgono",
    "uscire": "esco esci esce usciamo uscite escono",
    "morire": "muoio muori muore moriamo morite muoiono",
    "sedere": "siedo siedi siede sediamo sedete siedono",
    "rimanere": "rimango rimani rimane rimaniamo rimanete rimangono",
    "valere": "valgo vali vale valiamo valete valgono",
    "scegliere": "scelgo scegli sceglie scegliamo scegliete scelgono",
    "togliere": "tolgo togli toglie togliamo togliete tolgono",
    "cogliere": "colgo cogli coglie cogliamo cogliete colgono",
    "sciogliere": "sciolgo sciogli scioglie sciogliamo sciogliete sciolgono",
    "spegnere": "spengo spegni spegne spegniamo spegnete spengono",
    "piacere": "piaccio piaci piace piacciamo piacete piacciono",
    "tacere": "taccio taci tace tacciamo tacete tacciono",
    "giacere": "giaccio giaci giace giacciamo giacete giacciono",
    "parere": "paio pari pare paiamo parete paiono",
    "apparire": "appaio appari appare appariamo apparite appaiono",
    "scomparire": "scompaio scompari scompare scompariamo scomparite scompaiono",
    "comparire": "compaio compari compare compariamo comparite compaiono",
    "cuocere": "cuocio cuoci cuoce cuociamo cuocete cuociono",
    "riempire": "riempio riempi riempie riempiamo riempite riempiono",
    "compiere": "compio compi compie compiamo compite compiono",
    "dolere": "dolgo duoli duole doliamo dolete dolgono",
    "cucire": "cucio cuci cuce cuciamo cucite cuciono",
    "permanere": "permango permani permane permaniamo permanete permangono",
    "nuocere": "nuoccio nuoci nuoce nuociamo nuocete nuocciono",
    "solere": "soglio suoli suole sogliamo solete sogliono",
    "svellere": "svelgo svelli svelle svelliamo svellete svelgono",
}

SUBJUNCTIVE = {
    "essere": "sia sia sia siamo siate siano",
    "avere": "abbia abbia abbia abbiamo abbiate abbiano",
    "dare": "dia dia dia diamo diate diano",
    "stare": "stia stia stia stiamo stiate stiano",
    "sapere": "sappia sappia sappia sappiamo sappiate sappiano",
    "dovere": "debba debba debba dobbiamo dobbiate debbano",
    "solere": "soglia soglia soglia sogliamo sogliate sogliano",
}

IMPERATIVE = {
    # the second person singular, where it is neither the present's nor the third person's
    "essere": "sii",
    "avere": "abbi",
    "sapere": "sappi",
    "andare": "va'",
    "dare": "da'",
    "stare": "sta'",
    "fare": "fa'",
    "dire": "di'",
}

FUTURE = {
    "essere": "sar",
    "avere": "avr",
    "andare": "andr",
    "dare": "dar",
    "stare": "star",
    "fare": "far",
    "bere": "berr",
    "dovere": "dovr",
    "potere": "potr",
    "volere": "vorr",
    "sapere": "sapr",
    "vivere": "vivr",
    "vedere": "vedr",
    "cadere": "cadr",
    "venire": "verr",
    "tenere": "terr",
    "rimanere": "rimarr",
    "permanere": "permarr",
    "godere": "godr",
    "valere": "varr",
    "parere": "parr",
    "dolere": "dorr",
    "porre": "porr",
    "durre": "durr",
    "trarre": "trarr",
}
FULL_FUTURE = frozenset(words("prevedere provvedere convivere ravvedere svenire"))

IMPERFECT_STEM = {"fare": "face", "dire": "dice", "bere": "beve", "porre": "pone", "durre": "duce", "trarre": "trae"}

VARIANTS = {
    # a form -> another form of the same verb, tense and person that is as good
    "dovere": "devo debbo, devono debbono, debba deva, debbano devano",
    "dare": "diedi detti, diede dette, diedero dettero",
    "perdere": "persi perdetti, perse perdette, persero perdettero, perso perduto, persa perduta, persi perduti, "
    "perse perdute",
    "riflettere": "riflettuto riflesso, riflettuta riflessa, riflettuti riflessi, riflettute riflesse",
    "flettere": "flessi flettei, flesse fletté, flessero fletterono",
    "espandere": "espansi espandei, espanse espandé, espansero espanderono",
    "succedere": "successo succeduto, successa succeduta, successi succeduti, successe succedute",
    "seppellire": "sepolto seppellito, sepolta seppellita, sepolti seppelliti, sepolte seppellite",
    "morire": "morirò morrò, morirai morrai, morirà morrà, moriremo morremo, morirete morrete, moriranno morranno, "
    "morirei morrei, morirebbe morrebbe, morirebbero morrebbero",
    "vedere": "visto veduto, vista veduta, visti veduti, viste vedute",
    "sedere": "siedo seggo, siedono seggono, sieda segga, siedano seggano",
    "possedere": "possiedo posseggo, possiedono posseggono, possieda possegga, possiedano posseggano",
    "soddisfare": "soddisfà soddisfa, soddisfaccio soddisfo, soddisfanno soddisfano",
    "compiere": "compieva compiva, compievano compivano, compievo compivo, compievi compivi, compié compì, "
    "compierono compirono",
    "apparire": "apparve apparì, apparvero apparirono",
    "scomparire": "scomparve scomparì, scomparvero scomparirono",
    "aprire": "aprii apersi, aprì aperse, aprirono apersero",
    "benedire": "benediceva benediva, benedicevano benedivano",
    "maledire": "malediceva malediva, maledicevano maledivano",
}

WITHOUT_ISC = frozenset(
    words(
        "aprire riaprire coprire scoprire ricoprire offrire soffrire partire ripartire sentire consentire "
        "acconsentire dissentire risentire presentire dormire servire seguire inseguire proseguire conseguire "
        "eseguire perseguire susseguire vestire investire rivestire travestire svestire avvertire "
        "convertire divertire invertire sovvertire bollire fuggire sfuggire rifuggire pentire mentire tossire "
        "inghiottire nutrire assorbire applaudire"
    )
)

STRESSED_I = frozenset(
    words("inviare rinviare avviare riavviare sviare deviare traviare fuorviare sciare spiare espiare striare obliare")
)
"""Verbs whose i carries the stress, so that it is written twice: tu invii."""


def irregular(table: dict[str, T], infinitive: str) -> tuple[str, T] | None:
    """The longest entry that the infinitive ends in, with what stands before it: `("ot", entry of tenere)`."""
    base = COMPOUNDS.get(infinitive)
    if base is not None and base in table:
        return infinitive[: len(infinitive) - len(base)], table[base]
    for cut in range(len(infinitive) - 2):
        ending = infinitive[cut:]
        if ending in table and (cut == 0 or ending not in ALONE):
            return infinitive[:cut], table[ending]
    return None
