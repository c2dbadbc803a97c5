"""Tells which sentences of a passage cannot be quoted without a neighbour: those that restrict,
continue or announce another, in the shipped languages. It judges sentences and picks none."""

from __future__ import annotations

import re

_RESTRICTS = re.compile(
    r"""[\W_]*(?:
    but|however|except|only|unless|although|though|nevertheless|otherwise|not\ (?:for|if|when)
    |this\ (?:does\ not|doesn't|excludes|only|applies\ only)|exceptions?|excluded|please\ note|note
    |aber|jedoch|allerdings|ausser|außer|ausgenommen|nur|es\ sei\ denn|sofern|sonst|andernfalls
    |ausnahmen?|das\ gilt\ (?:nicht|nur)|dies\ gilt\ (?:nicht|nur)|nicht\ (?:für|bei)
    |bitte\ beachten
    |mais|cependant|toutefois|sauf|seulement|uniquement|excepté|sinon|attention|néanmoins
    |pero|sin\ embargo|excepto|salvo|solo|sólo|únicamente|a\ menos|no\ obstante|de\ lo\ contrario
    |ma|però|tuttavia|eccetto|tranne|salvo|soltanto|solo|a\ meno|altrimenti|eccezion[ei]
    |mas|porém|contudo|entretanto|exceto|somente|apenas|só|a\ menos|caso\ contrário|no\ entanto
    |maar|echter|behalve|alleen|uitgezonderd|tenzij|anders|let\ op|uitzondering(?:en)?
    |niet\ (?:bij|voor)
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
# What such a sentence speaks of stands before it.
_CONTINUES = re.compile(
    r"""[\W_]*(?:
    its?|they|their|this|these|that|those|then|also|in\ (?:this|that)\ case|after\ that
    |if\ (?:so|not)
    |es|sie|seine?[rsnm]?|deren|dessen|dies(?:e[rsnm]?)?|dann|auch|danach|in\ diesem\ fall
    |falls\ nicht|wenn\ (?:ja|nicht)
    |elle|ils|elles|son|sa|ses|leurs?|cela|ceci|ça|ensuite|aussi|dans\ ce\ cas|alors
    |esto|eso|estos|luego|también|en\ (?:este|ese)\ caso|entonces
    |questo|questi|poi|anche|in\ (?:questo|tal)\ caso|allora
    |isto|isso|estes|depois|também|neste\ caso|nesse\ caso|então
    |dit|deze|ze|dan|ook|daarna|in\ dat\ geval
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_BELOW = re.compile(
    r"\b(?:see below|as follows|the following|below|(?:siehe|wie|weiter) (?:unten|folgt)"
    r"|folgende[nrsm]?"
    r"|ci-dessous|comme suit|suivante?s?|(?:véase|ver) (?:abajo|más abajo)|a continuación"
    r"|siguientes?"
    r"|(?:vedi|qui) sotto|seguenti?|come segue|(?:veja|ver) abaixo|a seguir|seguintes?"
    r"|(?:zie|hier)(?:onder| onder)|als volgt|volgende)\b",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"\b(?:see above|(?:described|mentioned|listed|shown|explained|as) above|above-mentioned"
    r"|siehe oben|oben (?:genannt|beschrieben|erwähnt)\w*|wie oben|ci-dessus|mencionad[oa]s? arriba"
    r"|más arriba|arriba (?:indicad|descrit)[oa]s?|sopra (?:indicat|descritt|menzionat)\w+"
    r"|come sopra"
    r"|acima (?:mencionad|descrit)[oa]s?|como acima|hierboven|zoals boven)\b",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(
    r"\b(?:for example|for instance|e\.g\.|zum beispiel|beispielsweise|z\. ?b\.|par exemple"
    r"|por ejemplo"
    r"|per esempio|ad esempio|por exemplo|bijvoorbeeld|bijv\.)",
    re.IGNORECASE,
)
_HEADING_QUESTION = re.compile(
    r"[\W_]*(?:q|question|frage|f|pregunta|domanda|pergunta|vraag)\s*[:.]", re.IGNORECASE
)
# A long sentence says enough by itself, whatever it refers to.
_SHORT = 14
_FIGURE = re.compile(r"\d")


def restricts(sentence: str) -> bool:
    """It limits the sentence before it."""
    return _RESTRICTS.match(sentence) is not None


def continues(sentence: str) -> bool:
    """It speaks of what the sentence before it named."""
    return _CONTINUES.match(sentence) is not None


def announces(sentence: str) -> bool:
    """It points at what follows and says little alone."""
    return len(sentence.split()) <= _SHORT and _BELOW.search(sentence) is not None


def recalls(sentence: str) -> bool:
    """It points at what was said before it."""
    return _ABOVE.search(sentence) is not None


def exemplifies(sentence: str) -> bool:
    return _EXAMPLE.search(sentence) is not None


def asks(sentence: str) -> bool:
    """A heading in disguise: it asks what the next sentences answer."""
    bare = sentence.rstrip(" *_\"'”»)")
    return bare.endswith(("?", "\uff1f")) or _HEADING_QUESTION.match(sentence) is not None


def has_figures(text: str) -> bool:
    """It states a number, a price or a date."""
    return _FIGURE.search(text) is not None
