"""From a form back to its verb: guess infinitives by the ending, and let the paradigm tell which has the form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from domain.practice.irregular_verbs import COMPOUNDS, PRESENT
from domain.practice.paradigm import Form, forms_of, gerund_of, imperfect_of
from domain.practice.wordlists import words

LONGEST_WORD = 40
"""No Italian word is longer; what is typed and is, is not looked into, and not remembered."""


def analyse(word: str, *, is_word: Callable[[str], bool]) -> tuple[Form, ...]:
    """Every way to read the word (in lower case) as a form of a verb whose infinitive is a word."""
    if len(word) > LONGEST_WORD:
        return ()
    return tuple(
        form
        for infinitive in _infinitives(word)
        if is_verb(infinitive, is_word=is_word)
        for form in forms_of(infinitive)
        if form.text == word
    )


def is_verb(infinitive: str, *, is_word: Callable[[str], bool]) -> bool:
    """Whether the infinitive is a verb of the language: it is a word, and so is its gerund or its imperfect; or it is
    made of one by a prefix.

    The second condition keeps out nouns that look like infinitives (`altare`, `mestiere`).
    """
    if infinitive in PRESENT or infinitive in COMPOUNDS:
        return True
    if is_word(infinitive) and (is_word(gerund_of(infinitive)) or is_word(imperfect_of(infinitive))):
        return True
    stem = next((infinitive.removeprefix(prefix) for prefix in _PREFIXES if infinitive.startswith(prefix)), "")
    return len(stem) > 5 and stem.endswith(("are", "ere", "ire")) and is_verb(stem, is_word=is_word)


_PREFIXES = words("ri pre super sovra")
"""What new verbs are made with that no list has: `rinominare`, `prefinanziare`."""


_FREQUENT_IRREGULAR = tuple(
    words(
        "prendere comprendere riprendere sorprendere apprendere intraprendere rendere arrendere scendere spendere "
        "dipendere difendere offendere accendere attendere tendere intendere estendere appendere sospendere decidere "
        "uccidere dividere ridere sorridere chiudere concludere includere escludere alludere illudere invadere "
        "persuadere cadere accadere decadere scadere esplodere rispondere corrispondere nascondere fondere "
        "confondere diffondere leggere eleggere reggere correggere proteggere friggere distruggere dirigere erigere "
        "piangere giungere raggiungere aggiungere dipingere spingere respingere fingere stringere costringere "
        "vincere convincere emergere immergere sorgere insorgere accorgere porgere perdere mordere correre "
        "percorrere trascorrere ricorrere occorrere soccorrere scegliere togliere cogliere raccogliere accogliere "
        "sciogliere spegnere distinguere estinguere conoscere riconoscere crescere nascere mettere permettere "
        "promettere smettere ammettere commettere trasmettere scommettere discutere esprimere imprimere opprimere "
        "sopprimere risolvere assolvere dissolvere volgere svolgere rivolgere coinvolgere sconvolgere scrivere "
        "descrivere iscrivere prescrivere vivere sopravvivere muovere commuovere promuovere rimuovere scuotere "
        "rompere interrompere corrompere chiedere richiedere concedere succedere vedere rivedere prevedere "
        "provvedere venire avvenire divenire intervenire provenire prevenire svenire convenire tenere ottenere "
        "mantenere contenere sostenere ritenere trattenere appartenere comporre disporre esporre imporre opporre "
        "proporre supporre deporre porre condurre produrre ridurre tradurre introdurre dedurre indurre sedurre "
        "trarre attrarre contrarre distrarre estrarre sottrarre salire assalire risalire riuscire possedere esistere "
        "assistere insistere resistere consistere vendere aprire coprire scoprire offrire soffrire morire ungere "
        "volere valere prevalere parere rimanere piacere dispiacere tacere giacere assumere presumere desumere "
        "riassumere espellere eccellere riflettere annettere connettere espandere scindere collidere elidere eludere "
        "deludere ledere redigere affiggere prefiggere crocifiggere trafiggere sconfiggere infliggere affliggere "
        "esigere torcere contorcere distorcere nuocere redimere evolvere devolvere permanere radere sommergere "
        "convergere spargere rinascere accrescere decrescere evadere dissuadere incidere coincidere recidere "
        "condividere racchiudere rinchiudere comprimere reprimere deprimere percuotere riscuotere incutere "
        "trascrivere sottoscrivere convivere dimettere compromettere emettere omettere accorrere concorrere "
        "incorrere rincorrere scorrere decorrere discendere pretendere distendere contendere fraintendere precludere "
        "restringere tingere attingere congiungere rimpiangere infrangere pungere fungere pervenire rinvenire "
        "contravvenire detenere astenere intrattenere apporre contrapporre predisporre presupporre riporre scomporre "
        "sovrapporre ricondurre riprodurre addurre astrarre detrarre ritrarre protrarre avvolgere capovolgere "
        "travolgere stravolgere intravedere equivalere compiacere ricoprire riaprire riempire compiere cuocere "
        "seppellire erodere corrodere accludere occludere perseguire"
    )
)
"""Frequent verbs whose forms cannot be traced back by their endings alone."""

_ENDINGS = tuple(
    words(
        "erebbero irebbero assero assimo eranno erebbe eremmo ereste eresti essero essimo ettero iranno irebbe "
        "iremmo ireste iresti iscano iscono issero issimo arono avamo avano avate eremo erete erono evamo evano "
        "evate iremo irete irono ivamo ivano ivate ssero ssimo ammo ando asse assi aste asti emmo endo erai erei "
        "esse essi este esti ette etti iamo iate immo irai irei isca isce isci isco isse issi iste isti vamo vano "
        "vate ano are ata ate ati ato ava avi avo ere erà erò ete eva evi evo ino ire irà irò ita ite iti ito iva "
        "ivi ivo ono rre sse ssi ste uta ute uti uto ai ei ii va vi vo a e i o é ì ò"
    )
)
"""What a form can end in, the longest first."""


@lru_cache(maxsize=8192)
def _infinitives(word: str) -> tuple[str, ...]:
    """Infinitives that might have this form, sorted; the caller checks by generating."""
    found = set(_irregular_index().get(word, ()))
    for ending in _ENDINGS:
        if not word.endswith(ending) or len(word) <= len(ending):
            continue
        stem = word[: len(word) - len(ending)]
        stems = {stem, stem + "i"}
        if stem.endswith("h"):
            stems.add(stem[:-1])
        for candidate in stems:
            found.update(candidate + vowel + "re" for vowel in "aei")
    return tuple(sorted(found))


@lru_cache(maxsize=1)
def _irregular_index() -> dict[str, tuple[str, ...]]:
    index: dict[str, set[str]] = {}
    for infinitive in _tabled():
        for form in forms_of(infinitive):
            index.setdefault(form.text, set()).add(infinitive)
    return {text: tuple(sorted(infinitives)) for text, infinitives in index.items()}


def _tabled() -> Iterable[str]:
    yield from _FREQUENT_IRREGULAR
    yield from COMPOUNDS
    yield from (verb for verb in PRESENT if verb != "durre")
