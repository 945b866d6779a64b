"""Drafts whose key is not proved, or not the only right answer, by what is wrong; each with its gate."""

from __future__ import annotations

from domain.practice import Draft
from domain.shared import ChunkId
from tests.builders_practice import LESSON, LESSON_PASSAGE, a_draft
from tests.drafts import (
    ARROW,
    ASK,
    BRIDGE,
    CITY,
    DEATH,
    DUTY,
    GAPPED,
    HOUSE,
    MORNING,
    PLACES,
    SINGER,
    SPLIT,
    WASH,
    WHARF,
    WISH,
    a_fact_choice,
    a_gap,
    a_gap_to_choose,
    a_joined,
    a_preposition,
    a_question,
    a_verb,
    a_verb_choice,
    a_year,
    in_english,
    quoted,
)

UNPROVED: dict[str, tuple[str, Draft]] = {
    # --- proof
    "a chunk that was not given": (
        "quotation_verbatim",
        a_draft(evidence=quoted(LESSON, chunk_id=ChunkId(LESSON_PASSAGE.source_id))),
    ),
    "words that are not there": ("quotation_verbatim", a_draft(evidence=quoted(LESSON, quote=LESSON.upper()))),
    "offsets that are off by one": (
        "quotation_verbatim",
        a_draft(evidence=quoted(LESSON, start=quoted(LESSON).start + 1, end=quoted(LESSON).end + 1)),
    ),
    "offsets beyond the chunk": ("quotation_verbatim", a_draft(evidence=quoted(LESSON, start=5_000, end=5_060))),
    "another page": ("quotation_verbatim", a_draft(evidence=quoted(LESSON, page=7))),
    "a quotation of three words": ("quotation_length", a_question(evidence=quoted("morì a Ravenna", PLACES))),
    "a quotation of a whole page": ("quotation_length", a_question(evidence=quoted(PLACES.text, PLACES))),
    "a language that the passage has not": ("language", a_question(language="en")),
    "a question in another language": ("language", a_question(question="In which city did the poeta die?")),
    "a question in other letters": ("language", a_question(question="Где умер poeta?")),
    "an explanation in another language": (
        "language",
        a_question(explanation="The passage says that the poet died in Ravenna."),
    ),
    "an option in another language": ("language", a_fact_choice(options=("Ravenna", "The city of Florence", "Urbino"))),
    "a sentence that is not the quotation's": (
        "key_proved",
        a_draft(question=f"{ASK}\nIl poeta aspettava ____ amico davanti alla finestra della chiesa."),
    ),
    "a key that makes another sentence": ("key_proved", a_draft(key="lo", explanation="Si usa «lo».")),
    "a key that the quotation does not hold": ("key_proved", a_question(key="Firenze", explanation="A Firenze.")),
    "a key that is a part of a word": ("key_proved", a_question(key="Raven", explanation="A Raven.")),
    "an accepted article beside the right one": ("alternatives_proved", a_draft(accepted=("lo",))),
    "an accepted answer about something else": ("alternatives_proved", a_question(accepted=("Firenze",))),
    "an accepted verb in another tense": ("alternatives_proved", a_verb(accepted=("aspettò",))),
    "an accepted preposition of another meaning": ("alternatives_proved", a_preposition(accepted=("a",))),
    "an explanation of something else": ("explanation", a_question(explanation="Lo si legge nel testo.")),
    "an explanation that calls a distractor right": (
        "explanation",
        a_fact_choice(explanation="Non è Ravenna: la risposta corretta è Urbino."),
    ),
    "an explanation that calls the key wrong": ("explanation", a_fact_choice(explanation="«Ravenna» è sbagliata.")),
    # --- what is asked
    "a question about the text": ("stands_alone", a_question(question="Quale città nomina il testo per la morte?")),
    "a question about this passage": (
        "stands_alone",
        a_question(question="Quale città compare in questo brano sul poeta?"),
    ),
    "a question about what is in the text": ("stands_alone", a_question(question="Dove morì il poeta nel testo?")),
    "a question about the passage, in English": (
        "stands_alone",
        in_english(question="Which year does the passage give for the harbour?"),
    ),
    "a pronoun for who was named before": ("stands_alone", a_question(question="Dove morì costui, il poeta?")),
    "the protagonist of who knows what": (
        "stands_alone",
        a_question(question="Dove morì il protagonista del viaggio poi?".replace(" del viaggio poi", "")),
    ),
    "a verb and nobody who does it": ("stands_alone", a_question(question="Dove morì?")),
    "a question on what is not quoted": (
        "about_quotation",
        a_question(question="In quale città nacque la regina Teodolinda?"),
    ),
    # --- focus and filler
    "a focus that there is not": ("known_focus", a_verb(grammar_focus="verbs")),
    "a question on grammar": (
        "known_focus",
        a_question(question="Quale parola segue «il poeta» quando morì?", grammar_focus="agreement"),
    ),
    "a preposition where an article is asked for": ("focus", a_joined(grammar_focus="articles-definite")),
    "a simple for a joined preposition": (
        "focus",
        a_gap(BRIDGE, "di", "Completa con «di» + articolo.", grammar_focus="prepositions-articulated"),
    ),
    "a verb that the question does not name": (
        "focus",
        a_verb(question=a_verb().question.replace("aspettare", "cercare")),
    ),
    "an indicative where another mood is asked for": ("focus", a_verb(grammar_focus="verbs-mood")),
    "a verb without its tense": (
        "one_filler",
        a_verb(question=a_verb().question.replace("alla terza persona singolare dell'imperfetto indicativo", "giusto")),
    ),
    "a verb with another tense named": (
        "one_filler",
        a_verb(question=a_verb().question.replace("dell'imperfetto", "del presente")),
    ),
    "a verb with another person named": ("one_filler", a_verb(question=a_verb().question.replace("terza", "prima"))),
    "a verb with two tenses named": (
        "one_filler",
        a_verb(question=a_verb().question.replace("dell'imperfetto", "del presente o dell'imperfetto")),
    ),
    "a subjunctive of any tense": (
        "one_filler",
        a_gap(
            WISH,
            "scrivesse",
            "Completa con il congiuntivo di «scrivere», terza persona singolare.",
            grammar_focus="verbs-mood",
        ),
    ),
    "a compound tense": (
        "one_filler",
        a_verb(question=a_verb().question.replace("dell'imperfetto indicativo", "del trapassato prossimo")),
    ),
    "a verb without person or subject": (
        "one_filler",
        a_gap(MORNING, "andavamo", "Completa con l'imperfetto indicativo di «andare».", grammar_focus="verbs-tense"),
    ),
    "a gap with nothing asked for": ("one_filler", a_draft(question=GAPPED)),
    "an article, definite or not": ("one_filler", a_draft(question=f"Completa con l'articolo giusto.\n{GAPPED}")),
    "an article before a word of one form": (
        "one_filler",
        a_gap(CITY, "la", ASK, grammar_focus="articles-definite"),
    ),
    "an article before somebody who may be a man or a woman": (
        "one_filler",
        a_gap(SINGER, "la", ASK, grammar_focus="articles-definite"),
    ),
    "a joined preposition of any kind": (
        "one_filler",
        a_joined(question=a_joined().question.replace(": «di» + articolo determinativo", "")),
    ),
    "a preposition that nothing near requires": (
        "one_filler",
        a_preposition(explanation="Qui si usa la preposizione «di»."),
    ),
    "tra without fra": (
        "one_filler",
        a_gap(
            SPLIT,
            "tra",
            "Completa con la preposizione semplice giusta.",
            explanation="Dopo il verbo «dividere» si usa «tra».",
            grammar_focus="prepositions-simple",
        ),
    ),
    "a pronoun of anything": (
        "one_filler",
        a_gap(WASH, "si", "Completa con il pronome giusto.", grammar_focus="pronouns-clitic"),
    ),
    "an adjective that is not named": (
        "one_filler",
        a_gap(HOUSE, "antiche", "Completa con l'aggettivo nella forma giusta.", grammar_focus="agreement"),
    ),
    "a word of meaning with no clue": ("one_filler", a_gap(ARROW, "porto", "Completa con la parola giusta.")),
    "a word with another first letter": (
        "one_filler",
        a_gap(ARROW, "porto", "Completa con la parola che manca (comincia per «ca»)."),
    ),
    "a word with another number of letters": (
        "one_filler",
        a_gap(ARROW, "porto", "Completa con la parola che manca (comincia per «po», 8 lettere)."),
    ),
    "a word for which a passage has another": (
        "one_filler",
        a_gap(WHARF, "molo", "Completa con il luogo dove attraccano le barche."),
    ),
    "a choice that the sentence alone cannot decide": (
        "one_filler",
        a_gap_to_choose(ARROW, "porto", "Scegli la parola giusta.", "cantiere", "mulino", "castello"),
    ),
    # --- distractors
    "a distractor that is accepted": (
        "distractor_right",
        a_year(options=("1345", "milletrecento quarantacinque", "1298"), accepted=("Milletrecento quarantacinque",)),
    ),
    "a distractor that the quotation holds": (
        "distractor_right",
        a_fact_choice(options=("Ravenna", "Firenze", "Poeta")),
    ),
    "a distractor that another passage says of the same": (
        "distractor_right",
        a_fact_choice(options=("Ravenna", "Verona", "Urbino")),
    ),
    "a year that another sentence gives for the same": (
        "distractor_right",
        a_year(question="In quale anno si lavorò al ponte vecchio?", options=("1345", "1412", "1298", "1966")),
    ),
    "a distractor that a passage has in the gap": (
        "distractor_right",
        a_gap_to_choose(DEATH, "Ravenna", "Scegli il nome giusto secondo il testo.", "Verona", "Urbino"),
    ),
    "a distractor that a passage has between the same words": (
        "distractor_right",
        a_gap_to_choose(WHARF, "molo", "Scegli la parola giusta secondo il testo.", "ponte", "colle", "prato"),
    ),
    "an article that agrees as well": (
        "distractor_right",
        a_gap_to_choose(
            BRIDGE, "un", "Scegli l'articolo giusto.", "il", "una", "lo", grammar_focus="articles-indefinite"
        ),
    ),
    "an article of the other number before a word of one form": (
        "distractor_right",
        a_gap_to_choose(
            CITY, "la", "Scegli l'articolo determinativo giusto.", "le", "lo", "il", grammar_focus="articles-definite"
        ),
    ),
    "another preposition with the right article": (
        "distractor_right",
        a_gap_to_choose(
            CITY,
            "dal",
            "Scegli la preposizione articolata giusta.",
            "al",
            "dallo",
            "dalla",
            grammar_focus="prepositions-articulated",
        ),
    ),
    "fra beside tra": (
        "distractor_right",
        a_gap_to_choose(
            SPLIT,
            "tra",
            "Scegli la preposizione semplice giusta.",
            "fra",
            "con",
            "da",
            explanation="Dopo il verbo «dividere» si usa «tra».",
            grammar_focus="prepositions-simple",
        ),
    ),
    "another form for the same place of the verb": (
        "distractor_right",
        a_gap_to_choose(
            DUTY,
            "devono",
            "Scegli il presente indicativo di «dovere».",
            "debbono",
            "dovranno",
            "dovevano",
            grammar_focus="verbs-tense",
        ),
    ),
    "a form that no verb has": ("real_distractors", a_verb_choice("aspettavò", "aspetta", "aspettò")),
    "a form of another verb": ("real_distractors", a_verb_choice("cercava", "aspetta", "aspettò")),
}
