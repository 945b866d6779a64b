"""Words that look like verb forms and those that are: facts about Italian that no ending tells."""

from __future__ import annotations

from domain.practice import words

OTHER_WORDS = frozenset(
    words(
        "però mai esentasse classe danno perdono suono buono lava cava fava nave leve nevi avrò dei solo soli apposta "
        "chiamata porte marche cime tasse masse grasse basse ressi passi passe casse rosse fisse cassette vette fette "
        "mano piano umano italiano lontano strano sano vano grano romano sovrano capitano vulcano anziano quotidiano "
        "cristiano americano africano messicano indiano veneziano siciliano napoletano milanese mediano repubblicano "
        "metano titano oceano urbano profano villano toscano artigiano partigiano sultano veterano gabbiano egiziano "
        "bambino destino cammino vicino casino mattino giardino cuscino mulino panino vino pino fino lino bovino "
        "latino alpino divino marino dono trono tono abbandono nono patrono ozono telefono colono cono primo meno mese "
        "spese imprese prese chiese discese attese difese offese rese sorprese corse scorse morse risorse diverse "
        "perse scosse mosse dive vive rive neve breve sere mare altare andante uva stesse messe leva nova "
        "risa divisa decisa"
    )
)
"""Nouns, adjectives and others that the paradigm would take for a verb."""

PRESENT_THIRD = frozenset(
    words(
        "è ha va fa dà sta può deve vuole sa dice viene rimane tiene esce esiste appare diventa rappresenta "
        "permette consente comprende contiene riguarda significa sembra avviene nasce muore scrive prende chiede "
        "mette risulta presenta produce riesce inizia comincia parla racconta indica propone spiega afferma "
        "sostiene richiede prevede riconosce promuove rende vede crede conosce decide chiude apre perde vince cade "
        "cresce dipende risponde corrisponde descrive offre ottiene appartiene interviene mantiene raggiunge "
        "aggiunge dispone espone impone oppone compone introduce conduce riduce traduce assume raccoglie accoglie "
        "sceglie toglie coglie discute esprime risolve svolge rivolge coinvolge muove rompe interrompe succede "
        "concede provvede ammette trasmette scende trova diviene deriva consiste resiste insiste assiste persiste "
        "arriva ritorna torna entra resta crea realizza utilizza organizza caratterizza analizza sviluppa determina "
        "esamina elimina applica pubblica modifica verifica comunica identifica giustifica unifica classifica "
        "qualifica considera genera supera recupera collabora lavora migliora ignora esplora adora affronta aumenta "
        "documenta tenta orienta attraversa conserva osserva riserva segue insegue prosegue consegue soffre copre "
        "scopre dorme fugge adotta acquista assicura garantisce costituisce stabilisce definisce contribuisce "
        "fornisce finisce capisce preferisce abita pensa ritiene vale tace giace pone rispetta aspetta accetta "
        "rifiuta aiuta tratta occorre bisogna basta manca sostituisce lascia celebra dichiara prepara separa impara "
        "compra mostra insegna disegna accompagna guadagna bagna sogna mangia beve corre percorre trascorre "
        "amministra nomina elegge approva esercita delibera emana convoca giudica ordina promulga ratifica porta "
        "passa conta chiama guarda cerca ama evita vieta tocca spinge tende pretende attende intende rifà distingue "
        "estingue spegne dipinge costringe stringe piange giunge protegge corregge regge distrugge sconfigge "
        "affligge cuoce nuoce"
    )
)
"""Third persons of the present that are hardly ever anything else, or not where a verb may stand."""
NOUNS_TOO = frozenset(
    words(
        "mostra tratta copre resta conta porta passa guarda cerca chiama tende nomina pubblica modifica verifica "
        "pratica causa cura forma lotta guida visita prova firma nota ricerca domanda parte legge vive opera domina "
        "muta consegna dedica sale sente dura fonda serve conquista usa importa riserva conserva pesca sposa "
        "collega lascia"
    )
)
"""Those of them that are nouns or adjectives too: taken for verbs only after *non*, *si* or a subject pronoun."""

PRONOMINAL = frozenset(
    words(
        "trovare alzare svegliare accorgere pentire vergognare ammalare addormentare laureare trasferire fermare "
        "estendere occupare sedere arrabbiare dedicare stabilire rifugiare impadronire affacciare innamorare "
        "ribellare arrendere lamentare chiamare sposare diffondere sviluppare svolgere riunire avvicinare "
        "allontanare concludere basare rivolgere riferire iscrivere dividere distinguere presentare rivelare "
        "verificare esprimere manifestare trasformare formare aggirare impegnare limitare adattare opporre "
        "concentrare rendere aprire chiudere muovere spostare recare ritirare ispirare collocare comporre "
        "interessare preoccupare rassegnare suicidare specializzare evolvere estinguere dissolvere aggiungere "
        "imporre affermare scontrare incontrare abituare avvalere fidare sforzare ostinare imbattere"
    )
)
"""Verbs that are commonly reflexive: `trovarsi`, `alzarsi`."""
REFLEXIVE_FIRST = frozenset(
    words(
        "trovare alzare svegliare accorgere pentire vergognare ammalare addormentare laureare trasferire fermare "
        "estendere occupare sedere arrabbiare dedicare stabilire rifugiare impadronire affacciare innamorare "
        "ribellare arrendere lamentare sposare diffondere sviluppare riunire avvicinare allontanare "
        "basare rivolgere riferire iscrivere trasformare impegnare adattare opporre "
        "rassegnare suicidare specializzare evolvere avvalere fidare sforzare ostinare imbattere abituare"
    )
)
"""Those that with *si* are seldom passive or impersonal."""
IMPERSONAL = frozenset(words("potere dovere arrivare entrare andare dire sapere pensare"))
"""With *si* in the singular they have nobody for a subject: `si può`."""
DATIVE = frozenset(
    words(
        "piacere dispiacere sembrare parere appartenere telefonare rispondere somigliare servire mancare bastare "
        "parlare sorridere obbedire"
    )
)
"""They take no direct object: `le` before them is *a lei*."""

ESSERE_VERBS = frozenset(
    words(
        "andare venire arrivare partire tornare ritornare entrare uscire nascere morire diventare divenire rimanere "
        "restare cadere accadere succedere avvenire apparire comparire scomparire sparire riuscire sembrare parere "
        "esistere costare durare giungere scappare fuggire intervenire essere stare scadere svanire sorgere "
        "dipendere piacere emigrare"
    )
)
"""Their compound tenses take *essere*."""

SUBJUNCTIVE_AFTER = frozenset(
    words(
        "affinché benché sebbene nonostante purché malgrado seppure prima senza meno credere pensare volere "
        "sperare temere sembrare parere ritenere bisognare occorrere desiderare dubitare supporre immaginare chiedere "
        "pretendere permettere esigere preferire convenire disporre richiedere "
        "necessario possibile impossibile importante opportuno probabile improbabile giusto meglio peccato "
        "fantastico attesa possibilità speranza timore ipotesi strano inutile utile "
        "indispensabile auspicabile dubbio"
    )
)
"""What wants the subjunctive: conjunctions by themselves, the others before *che*."""
ALONE = frozenset(words("affinché benché sebbene nonostante purché malgrado seppure chiunque"))
