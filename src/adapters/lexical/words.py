"""Words that carry no topic, and words that lose their vowel before an apostrophe, by language.

Short lists on purpose: a word too many is found too often, a word wrongly dropped is never found. Question words are
in, because a student asks in sentences and the sources seldom repeat them; so are modal verbs and possessives, since
"cosa devo fare per avere il mio..." is answered without them. What may be a noun as well (potere, dovere) stays out.
"""

from __future__ import annotations

_ITALIAN = """
a ad al allo alla ai agli alle da dal dallo dalla dai dagli dalle di del dello della dei degli delle in nel nello
nella nei negli nelle su sul sullo sulla sui sugli sulle con col coi per tra fra il lo la i gli le un uno una e ed o
od ma se che chi cui quale quali quanto quanti quanta quante come dove quando perché cosa non né si ci vi ne mi ti lui
lei noi voi loro questo questa questi queste quello quella quelli quelle suo sua suoi sue anche più è sono era erano
essere stato stata stati state fu furono ha hanno aveva avevano avere io tu egli ella essa esso essi esse mio mia miei
mie tuo tua tuoi tue nostro nostra nostri nostre vostro vostra vostri vostre siamo siete sia siano essendo ho hai
abbiamo avete avrò avrà posso puoi può possiamo potete possono poter devo devi deve dobbiamo dovete devono dover
voglio vuoi vuole vogliamo volete vogliono viene vengono venire fa fanno fare
"""
_ENGLISH = """
a an the and or but if of in on at to by for from with as into than then is are was were be been being has have had do
does did not no it its this that these those he she they we you i his her their our your my me him them us who whom
whose which what when where why how there s t ll re ve d m can could must shall should would mine yours
"""
_FRENCH = """
le la les un une des du de au aux et ou mais si que qui quoi dont où quand comment pourquoi combien quel quelle quels
quelles dans en sur par pour avec sans sous ce cet cette ces son sa ses leur leurs mon ma mes ton ta tes il elle ils
elles on nous vous je tu se ne pas y à est sont était étaient être été a ont avait avaient avoir plus lui mes tes nos
vos notre votre ai as avons avez suis es sommes êtes peux peut pouvons pouvez peuvent dois doit devons devez
doivent veux veut voulons voulez veulent fait font faire
"""
_GERMAN = """
der die das den dem des ein eine einer eines einem einen und oder aber wenn dass ob in im an am auf aus bei mit nach
von vom zu zum zur für durch um über unter als wie wer was wo wann warum welche welcher welches es er sie wir ihr ich
du sich nicht kein keine ist sind war waren sein wird werden wurde wurden hat haben hatte hatten auch diese dieser
dieses diesem diesen seine seiner ihre ihrer mein meine meiner meinem meinen dein deine unser unsere mir mich dir dich
uns euch bin bist seid habe habt kann kannst können könnt muss musst müssen müsst soll sollen will wollen darf dürfen
"""
_SPANISH = """
el la los las un una unos unas y e o u pero si que qué quien quién quienes cual cuál cuáles cuando cuándo donde dónde
como cómo cuánto cuántos por para con sin en de del al a su sus se lo le les no es son era eran ser fue fueron ha han
había habían este esta estos estas ese esa esos esas esto eso él ella ellos ellas más yo tú mi mis tu tus nuestro
nuestra nuestros nuestras soy eres somos he has hemos puedo puedes puede podemos pueden debo debes debe debemos
deben quiero quieres quiere queremos quieren querer hace hacen hacer
"""
_PORTUGUESE = """
o a os as um uma uns umas e ou mas se que quem qual quais quando onde como quanto quantos por para com sem em de do da
dos das no na nos nas ao aos à às pelo pela pelos pelas seu sua seus suas não é são era eram ser foi foram tem têm
tinha havia este esta estes estas esse essa isso isto ele ela eles elas mais eu tu você vocês meu minha meus minhas teu
tua nosso nossa nossos nossas sou somos tenho temos posso pode podemos podem devo deve devemos devem quero
quer queremos querem querer faz fazem fazer
"""

STOP_WORDS: dict[str, frozenset[str]] = {
    "it": frozenset(_ITALIAN.split()),
    "en": frozenset(_ENGLISH.split()),
    "fr": frozenset(_FRENCH.split()),
    "de": frozenset(_GERMAN.split()),
    "es": frozenset(_SPANISH.split()),
    "pt": frozenset(_PORTUGUESE.split()),
}

_ITALIAN_ELIDED = """
l un d dell nell sull all dall coll dagl degl negl sugl agl gl quest quell c n m t s v ch cos com dov quand anch
neanch senz bell sant tutt mezz pover buon nessun ciascun qualcun quant
"""
_FRENCH_ELIDED = "l d j m t s c n qu jusqu lorsqu puisqu quoiqu presqu quelqu"
_PORTUGUESE_ELIDED = "d n"

ELISIONS: dict[str, frozenset[str]] = {
    "it": frozenset(_ITALIAN_ELIDED.split()),
    "fr": frozenset(_FRENCH_ELIDED.split()),
    "pt": frozenset(_PORTUGUESE_ELIDED.split()),
}
"""What stands before an apostrophe, with or without a space after it, and is no word of its own: l'acqua, dell' arte.

Only function words are listed with certainty; the few adjectives (bell'esempio, sant'Antonio) say little as well.
"""
