"""Which preposition verbs, adjectives, nouns and set phrases ask for. Where usage wavers, nothing is said."""

from __future__ import annotations

from domain.practice import words


def _table(rows: dict[str, str]) -> dict[str, str]:
    return {word: preposition for preposition, text in rows.items() for word in words(text)}


VERB_BEFORE_INFINITIVE = _table(
    {
        "a": "riuscire cominciare continuare provare iniziare imparare rinunciare contribuire costringere obbligare "
        "invitare tendere mirare abituare limitare aiutare esitare incoraggiare spingere incitare condannare "
        "autorizzare persistere tardare",
        "di": "cercare decidere smettere tentare evitare sperare promettere rifiutare accettare temere rischiare "
        "dimenticare fingere meritare proporre ritenere permettere consentire impedire ordinare vietare proibire "
        "suggerire consigliare dichiarare affermare ammettere negare annunciare cessare sognare minacciare stabilire "
        "giurare illudere vantare chiedere",
    }
)
"""`riuscire a`, `cercare di`."""
VERB_BEFORE_NOUN = _table(
    {
        "da": "dipendere derivare scaturire",
        "di": "disporre godere soffrire trattare necessitare",
        "in": "consistere",
        "a": "appartenere assistere partecipare obbedire rinunciare somigliare equivalere contribuire",
    }
)
"""Before a noun without an article: `dipendere da`."""
_ADJECTIVES = {
    "di": "privo pieno degno colmo dotato munito desideroso fiero",
    "a": "dovuto destinato relativo adatto contrario idoneo pronto disposto estraneo",
    "da": "diverso circondato caratterizzato costituito formato preceduto affetto provocato causato rappresentato",
}
_OF_TWO_FORMS = {
    "di": "capace capaci incapace incapaci consapevole consapevoli ricco ricchi ricca ricche",
    "a": "simile simili inerente inerenti favorevole favorevoli idonei contrari contrarie",
    "da": "indipendente indipendenti lontano lontani lontane",
}
ADJECTIVE_GOVERNS = {
    base[:-1] + ending: preposition
    for preposition, text in _ADJECTIVES.items()
    for base in words(text)
    for ending in "oaie"
} | _table(_OF_TWO_FORMS)
"""`privi di`: every form."""

NOUN_WITH_DI_INFINITIVE = frozenset(
    words(
        "possibilità capacità obbligo compito scopo obiettivo permesso rischio speranza intenzione desiderio paura "
        "voglia tentativo bisogno facoltà potere merito pericolo fine dovere onore abitudine necessità modo libertà "
        "decisione occasione opportunità piacere"
    )
)
"""`la possibilità di vedere`."""
NOUN_WITH_DI = frozenset(
    words(
        "mancanza bisogno migliaia milioni milione miliardi miliardo centinaia decine decina centinaio migliaio "
        "dozzina coppia paio litri chili grammi tonnellate metri chilometri sorta tipo tipi specie quantità "
        "maggioranza dozzine coppie ministro sindaco re regina imperatore papa vescovo arcivescovo provincia "
        "università direttore professore gruppo numero serie tasso livello mese metà perdita produzione costruzione "
        "creazione riduzione distruzione vendita raccolta consumo distribuzione esportazione importazione "
        "pubblicazione elaborazione realizzazione gestione concessione attribuzione assegnazione pagamento "
        "raggiungimento conseguimento svolgimento rilascio sacco mucchio pezzo fetta bottiglia sorso titolo "
        "tipologia tipologie carenza esistenza soppressione valutazione presentazione periodo scoppio margine "
        "assenza aumento dose manciata bicchiere gruppi titoli forme forma"
    )
)
"""`migliaia di persone`, `ministro di`: before a noun without an article."""
NOUN_WITH_DI_NAME = frozenset(
    words(
        "provincia città comune regno repubblica ducato contea isola golfo stretto duca duchessa "
        "conte contessa re regina vescovo arcivescovo principe principessa imperatore sindaco diocesi trattato pace "
        "concilio patto capitale figlio figlia moglie marito padre madre fratello sorella vita morte nascita"
    )
)
"""`la provincia di Siena`, `il re di Francia`: before a name."""
NOUN_WITH_TRA = frozenset(
    words(
        "differenza differenze rapporto rapporti relazione relazioni guerra guerre distanza legame legami confine "
        "collaborazione equilibrio distinzione conflitto conflitti"
    )
)
"""`la differenza tra ... e ...`."""

AFTER_PHRASE: dict[tuple[str, ...], str] = {
    tuple(words(phrase)): preposition
    for preposition, phrases in {
        "a": "davanti, vicino, intorno, attorno, accanto, fino, grazie, rispetto, di fronte, in mezzo, in base, "
        "in cima, in seguito, riguardo, addosso, in merito, dinanzi, in relazione, conformemente, contrariamente",
        "di": "a causa, al fine, allo scopo, nel corso, alla fine, a capo, nei confronti, da parte, per mezzo, "
        "nel caso, in termini, in materia, in caso, in grado, in fase, in attesa, a seconda, a proposito, per conto, "
        "a favore, in favore, in qualità, all' inizio, un po', al di là, invece, per motivi, a forza, in assenza, "
        "in presenza, in mancanza, nell' ambito, a base, a forma, fa parte, fanno parte, faceva parte, "
        "facevano parte, fare parte, far parte, a scopo, ai sensi",
        "da": "a partire, a prescindere, lontano",
        "in": "di volta, di tanto, di quando",
    }.items()
    for phrase in phrases.split(", ")
}
"""What stands before the preposition: `a partire da`."""
BEFORE_PHRASE: dict[tuple[str, tuple[str, ...]], str] = {
    (preposition, tuple(words(phrase))): phrase
    for preposition, phrases in {
        "in": "modo particolare, particolare, generale, realtà, grado di, base a, seguito a, cima a, mezzo a, media, "
        "vigore, generale, teoria, pratica, anticipo, fretta, modo da, modo che, questo modo, tal modo, passato, "
        "caso di, primo luogo, secondo luogo, terzo luogo, "
        "futuro, estate, inverno, primavera, autunno, genere, termini di, occasione di, occasione del, "
        "occasione della",
        "di": "vista, solito, nuovo, conseguenza, fatto, fronte a, fronte al, fronte alla, fronte ai, fronte alle, "
        "recente, rado, norma, notte, sera, mattina, giorno in giorno, volta in volta",
        "a": "causa di, causa del, causa della, causa dei, causa delle, partire da, partire dal, partire dalla, "
        "proposito di, volte, lungo, seconda del, seconda dei, seconda della, seconda delle, favore di, favore del, "
        "favore della, prescindere dal, prescindere dalla, disposizione, bordo di, bordo del, bordo della, "
        "capo di, capo del, capo della, fianco di, fianco del, fianco della, poco a poco, lungo termine, lungo periodo",
        "da": "parte di, parte del, parte della, parte dei, parte delle, parte degli, parte dell', allora, sempre, "
        "tempo, lontano",
        "per": "quanto riguarda, esempio, sempre, fortuna, caso, favore, conto di, conto del, mezzo di, mezzo del, "
        "via di, via del, via della, terra",
    }.items()
    for phrase in phrases.split(", ")
}
"""What stands after it: `in particolare`, `da parte di`."""
TOO_OPEN = {"nulla", "niente", "qualcosa", "cosa", "molto", "poco", "più", "meno"}
"""After these a set phrase may be none: `niente di particolare`."""

COUNTRIES = frozenset(
    words(
        "Italia Francia Germania Spagna Inghilterra Europa America Asia Africa Oceania Grecia Russia Cina India "
        "Svizzera Austria Turchia Polonia Svezia Norvegia Finlandia Danimarca Irlanda Scozia Albania Romania Ungheria "
        "Libia Siria Argentina Australia Giappone Brasile Messico Portogallo Egitto Marocco Canada Cile Belgio Olanda "
        "Croazia Serbia Ucraina Iran Iraq Israele Tunisia Algeria Etiopia Somalia Kenya Sudafrica Vietnam Corea "
        "Sicilia Sardegna Toscana Lombardia Calabria Puglia Campania Liguria Umbria Basilicata Romagna Emilia "
        "Abruzzo Molise Piemonte Veneto Friuli Trentino California Florida Texas Alaska Baviera Provenza Catalogna"
    )
)
CITIES = frozenset(
    words(
        "Roma Milano Napoli Torino Firenze Venezia Bologna Genova Palermo Bari Catania Verona Padova Trieste Brescia "
        "Parma Modena Pisa Siena Perugia Ravenna Ferrara Mantova Bergamo Cagliari Lecce Messina Salerno Trento Urbino "
        "Assisi Lucca Arezzo Cremona Pavia Como Ancona Rimini Pompei Parigi Londra Berlino Madrid Barcellona Vienna "
        "Atene Mosca Praga Lisbona Bruxelles Amsterdam Ginevra Zurigo Varsavia Budapest Istanbul Costantinopoli "
        "Gerusalemme Tokyo Pechino Chicago Boston Washington Philadelphia Vicenza Treviso Novara Monza"
    )
)
LIVING = frozenset(words("nascere vivere abitare morire risiedere soggiornare"))
"""With a city they take `a`, with a country `in`."""
