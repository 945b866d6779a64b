"""Exercises, responses, and Italian texts of our own to write exercises from."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from adapters.system import new_uuid7
from application.practice.ports import OpenUnitOfWork
from domain.practice import (
    CardState,
    Difficulty,
    Draft,
    Evidence,
    Exercise,
    ExerciseKind,
    Grade,
    Rating,
    Response,
    ReviewCard,
    ReviewEntry,
    RubricLine,
)
from domain.shared import ChunkId, ExerciseId, Passage, Quotation, ResponseId, SourceId, UserId
from tests.builders import NOON

DANTE = """\
Dante Alighieri nacque a Firenze nel 1265. La sua famiglia apparteneva alla piccola nobiltà della città, ma non \
era ricca. Da giovane il poeta studiava la filosofia e amava la musica. A nove anni incontrò Beatrice durante una \
festa di primavera, e quel giorno cambiò la sua vita. La ragazza portava un abito rosso e salutò il bambino con un \
sorriso.

In quegli anni Firenze era una città divisa. I guelfi e i ghibellini combattevano per il potere, e le strade erano \
spesso piene di soldati. Dante partecipò alla battaglia di Campaldino, dove la cavalleria fiorentina sconfisse gli \
avversari. Più tardi il poeta entrò nel governo della città e diventò uno dei priori. Nel 1302 i nemici politici \
condannarono Dante all'esilio. Il poeta non tornò mai nella città natale.

L'esilio durò quasi vent'anni. Il poeta viaggiava da una corte all'altra e cercava di trovare la pace. A Verona lo \
ospitò il signore della città, che gli offrì una casa e un lavoro. Negli anni dell'esilio Dante scrisse la Divina \
Commedia, il poema più famoso della letteratura italiana. L'opera racconta un viaggio nell'inferno, nel purgatorio \
e nel paradiso. La Divina Commedia è un poema in tre parti. Il poema ha cento canti. Virgilio accompagna il poeta \
nelle prime due parti, mentre Beatrice lo guida fino al cielo.

Dante morì a Ravenna nel 1321. La tomba del poeta si trova nel centro della città, vicino a una chiesa antica. I \
fiorentini avrebbero voluto riportare il corpo a casa, ma i frati lo nascosero dietro un muro. Oggi gli studenti \
di tutto il mondo leggono le parole del poeta, e molti sperano di capire il segreto di quella lingua. Se Dante \
tornasse oggi a Firenze, troverebbe una città molto diversa. I turisti passerebbero davanti a lui senza \
riconoscerlo, e il poeta penserebbe di essere in un sogno. Molti studiosi credono che la Commedia abbia ancora \
qualcosa da insegnare. Il professore di italiano vuole che i ragazzi imparino a memoria almeno una pagina del \
poema.
"""

PO = """\
Il Po è il fiume più lungo d'Italia. Il fiume nasce sul Monviso, una montagna alta e solitaria delle Alpi, e \
attraversa la pianura del nord. Il Po ha molti affluenti e forma un grande delta nel mare Adriatico. Sulle rive \
del fiume si trovano città importanti come Torino, Piacenza e Cremona. La pianura è una zona molto fertile, e i \
contadini coltivano il riso, il mais e il grano. In autunno la nebbia copre i campi e il paesaggio diventa \
silenzioso.

Un tempo i pescatori vivevano lungo le rive e conoscevano ogni angolo del fiume. Gli uomini uscivano all'alba con \
le barche e tornavano la sera con il pesce. Le donne preparavano le reti e vendevano il pesce al mercato. I \
bambini imparavano a nuotare molto presto, perché l'acqua faceva parte della vita di tutti i giorni. Nelle sere \
d'estate le famiglie si riunivano davanti alle case, e gli anziani raccontavano le storie del fiume.

Il Po non è sempre tranquillo. Nel 1951 una grande alluvione distrusse i paesi del Polesine. L'acqua entrò nelle \
case e travolse i ponti, le strade e gli animali. Migliaia di persone lasciarono la zona e si trasferirono in \
altre regioni. Gli ingegneri costruirono nuovi argini per proteggere la pianura. Gli argini sono muri di terra che \
fermano l'acqua durante le piene. Ancora oggi i tecnici controllano il livello del fiume e avvertono la \
popolazione del pericolo.

Il delta è un ambiente prezioso. Nella zona vivono uccelli rari, e gli studiosi osservano gli aironi e i \
fenicotteri rosa. Il parco del delta comprende due regioni. I visitatori possono noleggiare una bicicletta o \
salire su una barca per esplorare i canali. Secondo gli scienziati il livello del mare salirà e l'acqua salata \
entrerà nelle terre coltivate. Se piovesse di più in primavera, i contadini avrebbero meno problemi. Gli abitanti \
del delta sperano che il governo trovi presto una soluzione. Bisogna che le autorità difendano questo territorio \
prima di perdere la sua bellezza.
"""

NONNA = """\
La nonna abitava in un piccolo paese vicino al mare. La casa aveva una porta verde e un giardino pieno di fiori. \
Ogni mattina la nonna si alzava presto, apriva le finestre e preparava il caffè. Il profumo arrivava fino alla mia \
camera, e io mi svegliavo con un sorriso. Dopo la colazione andavamo insieme al mercato, dove i pescatori \
vendevano il pesce fresco. La nonna sceglieva sempre gli spaghetti migliori e lo zucchero più bianco.

Un giorno la nonna decise di insegnarmi una ricetta antica. Prese una vecchia pentola, versò l'olio e tagliò uno \
spicchio di aglio. Io cercavo di imitare i suoi gesti, ma il coltello era troppo grande per le mie mani. La nonna \
rise e mi aiutò con pazienza. Alla fine il sugo era perfetto, e tutta la famiglia mangiò con appetito. Lo zio \
raccontò una storia divertente e la zia cantò una canzone.

D'estate i cugini venivano da Roma e restavano con noi per un mese. Passavamo le giornate sulla spiaggia e la sera \
giocavamo a carte sotto gli alberi. A volte un amico del nonno portava la chitarra e gli adulti ballavano nel \
cortile. Nelle notti più calde dormivamo con le finestre aperte e ascoltavamo il rumore delle onde. Un'amica della \
zia ci insegnava i nomi delle stelle.

L'anno prossimo torneremo nella casa della nonna. Mio fratello dipingerà la porta e io pianterò gli alberi nuovi \
nel giardino. I cugini porteranno i loro bambini, che non conoscono ancora il paese. Vorrei che la nonna fosse con \
noi, perché sarebbe felice di vedere la casa piena di voci. Se potessi parlare con lei, le direi grazie per le \
storie, le canzoni e le ricette. Lo studio dei ricordi è un modo di restare vicini alle persone care. Una \
psicologa ha scritto che gli odori e i sapori sono la memoria più profonda. Forse è proprio lo zucchero della \
nonna il mio ricordo più dolce.
"""

TEXTS = (DANTE, PO, NONNA)


def a_passage(text: str, *, language: str = "it", number: int = 1, start: int = 0, page: int | None = 1) -> Passage:
    """The whole of a text as one passage; its ids depend on the number alone."""
    return Passage(
        chunk_id=ChunkId(UUID(int=1000 + number)),
        source_id=SourceId(UUID(int=number)),
        text=text,
        start=start,
        end=start + len(text),
        page=page,
        language=language,
    )


def paragraphs(text: str, *, number: int = 1) -> tuple[Passage, ...]:
    """A text cut at its empty lines, all of one source, as chunks are."""
    found, place = [], 0
    for index, part in enumerate(text.split("\n\n")):
        found.append(
            Passage(
                chunk_id=ChunkId(UUID(int=1000 * number + index)),
                source_id=SourceId(UUID(int=number)),
                text=part,
                start=place,
                end=place + len(part),
                page=index + 1,
            )
        )
        place += len(part) + 2
    return tuple(found)


def a_quotation(passage: Passage, quote: str) -> Quotation:
    start = passage.start + passage.text.index(quote)
    return Quotation(
        chunk_id=passage.chunk_id,
        source_id=passage.source_id,
        quote=quote,
        start=start,
        end=start + len(quote),
        page=passage.page,
    )


LESSON = "Il poeta aspettava l'amico davanti alla porta della chiesa."
LESSON_PASSAGE = a_passage(f"Era sera. {LESSON} Poi tornò a casa.")


def a_draft(**changes: Any) -> Draft:
    """A fill-the-gap draft that passes every gate against `LESSON_PASSAGE`."""
    return Draft(
        **{
            "kind": ExerciseKind.FILL_GAP,
            "difficulty": Difficulty.BEGINNER,
            "language": "it",
            "question": f"Completa con l'articolo determinativo giusto.\n{LESSON.replace(chr(108) + chr(39), '____ ')}",
            "key": "l'",
            "explanation": "«amico» è maschile singolare e comincia per vocale: l'articolo determinativo è «l'».",
            "evidence": a_quotation(LESSON_PASSAGE, LESSON),
            "grammar_focus": "articles-definite",
            **changes,
        }
    )


def an_exercise(owner: UserId, **changes: Any) -> Exercise:
    """An exercise of its own question, with no chunk behind its evidence unless one is given."""
    id = ExerciseId(changes.pop("id", None) or new_uuid7())
    return Exercise(
        **{
            "id": id,
            "owner": owner,
            "kind": ExerciseKind.FILL_GAP,
            "difficulty": Difficulty.BEGINNER,
            "language": "it",
            "question": f"Completa con l'articolo determinativo giusto.\nHo visto ____ amico di Paolo ({id}).",
            "key": "l'",
            "explanation": "«amico» è maschile singolare e comincia per vocale: l'articolo determinativo è «l'».",
            "evidence": Evidence(quote="Ho visto l'amico di Paolo.", start=0, end=26),
            "created_at": NOON,
            "grammar_focus": "articles-definite",
            **changes,
        }
    )


def a_response(exercise: Exercise, **changes: Any) -> Response:
    return Response(
        **{
            "id": ResponseId(new_uuid7()),
            "owner": exercise.owner,
            "exercise_id": exercise.id,
            "attempt_id": uuid4().hex,
            "answer": "l'",
            "grade": Grade(score=100, rubric=(RubricLine("Parola", 100, 100),), feedback="Esatto."),
            "suggested_review": (),
            "created_at": NOON,
            **changes,
        }
    )


def a_card(exercise: Exercise, **changes: Any) -> ReviewCard:
    return ReviewCard(
        **{
            "exercise_id": exercise.id,
            "state": CardState.LEARNING,
            "step": 1,
            "stability": 2.3,
            "difficulty": 4.1,
            "due_at": NOON,
            "last_review_at": NOON,
            "parameters_version": "fsrs-6-default",
            **changes,
        }
    )


def a_review_entry(exercise: Exercise, **changes: Any) -> ReviewEntry:
    return ReviewEntry(**{"exercise_id": exercise.id, "rating": Rating.GOOD, "reviewed_at": NOON, **changes})


async def stored_exercises(uow: OpenUnitOfWork, *new: Exercise) -> tuple[Exercise, ...]:
    """All of one owner, committed; those that were not there already."""
    async with uow(new[0].owner) as unit:
        added = await unit.exercises.add(new)
        await unit.commit()
    return added


async def stored_responses(uow: OpenUnitOfWork, *new: Response) -> None:
    """One after the other, committed."""
    for response in new:
        async with uow(response.owner) as unit:
            await unit.responses.add(response)
            await unit.commit()
