"""Keys, tokens and passwords: by the shapes that their makers gave them, and by the words before
them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.privacy.found import Found

SHOWN = "[secret]"
# Shapes that nothing else has; logs hide them as well.
SHAPES = (
    r"fdt_[A-Za-z0-9_-]{10,500}"
    r"|(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA)[A-Z0-9]{16}\b"
    r"|gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255}|glpat-[A-Za-z0-9_-]{20,100}"
    r"|xox[a-z]-[A-Za-z0-9-]{10,255}|xapp-[A-Za-z0-9-]{10,255}"
    r"|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,255}|whsec_[A-Za-z0-9+/=]{16,255}"
    r"|sk-[A-Za-z0-9_-]{16,255}"
    r"|AIza[A-Za-z0-9_-]{35}|npm_[A-Za-z0-9]{36}|dop_v1_[a-f0-9]{64}|shpat_[a-fA-F0-9]{32}"
    r"|SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}"
    r"|\b[MNO][A-Za-z0-9_-]{22,30}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,50}"
    r"|\b\d{8,10}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"
    r"|\beyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,1000}"
)
_TOKENS = re.compile(rf"(?<![A-Za-z0-9])(?:{SHAPES})")
_PEM = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY( BLOCK)?-----"
    r"(?:[^-]{0,20000}(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?)"
)
_USER_OF_URL = re.compile(r"(?<=://)[^/\s:@]{0,100}:[^/\s@]{1,200}(?=@)")
_HEADER = re.compile(r"(?i)\b(?:bearer|basic)\s+([A-Za-z0-9+/=._~-]{16,4000})")
_NAMED = (
    r"pass ?words?|pass ?phrases?|passcodes?|passwd|pwd|logins? pin|pass ?wort|kennwort|passwörter"
    r"|mot de passe|mdp|contraseñas?|clave secreta|parola d'ordine|senhas?|palavra[- ]passe"
    r"|wachtwoord(?:en)?"
    r"|api[ _-]?keys?|api[ _-]?schlüssel|secret[ _-]?(?:access[ _-]?)?keys?|client[ _-]?secret"
    r"|access[ _-]?tokens?|auth[ _-]?tokens?|private[ _-]?keys?"
)
_IS = r"(?:is|ist|lautet|war|was|est|es|è|é|era|était|:|=|->|=>)"
_TOLD = re.compile(
    rf"(?i)(?<!\w)(?:{_NAMED})(?!\w)[\"']?\s{{0,3}}({_IS})(?:\s{{0,3}}[:=])?\s{{0,3}}"
    r"([\"'`«„“‘]?)([^\s\"'`»“”’]{4,200})"
)
_PIN = re.compile(r"(?i)\b(?:pin|cvc|cvv|cvv2)\b\W{0,3}(?:is|ist|est|es|è|é)?\W{0,3}(\d{3,8})\b")
_END_OF_SENTENCE = ".,;:!?)]}>…"
# What is said about a password rather than being one.
_ABOUT = frozenset(
    """
    wrong incorrect invalid expired correct right working broken forgotten lost needed required
    reset changed missing rejected refused secret always never still being unknown locked
    blocked help please problem issue again only here there where what when that this falsch
    richtig ungültig abgelaufen vergessen weg gesperrt nicht immer noch verloren geändert nötig
    hilfe bitte faux fausse incorrecte expiré expirée oublié perdu refusé bloqué toujours encore
    invalide incorrecta errónea caducada olvidada perdida bloqueada siempre sbagliata errata
    scaduta dimenticata persa bloccata sempre errada incorreta expirada esquecida fout verkeerd
    onjuist verlopen vergeten kwijt geblokkeerd altijd niet
    """.split()  # noqa: SIM905  # as a list it would have a line for every word
)


def secrets(text: str) -> Iterator[Found]:
    yield from tokens(text)
    for pattern in (_HEADER, _PIN):
        for one in pattern.finditer(text):
            yield Found(one.start(1), one.end(1), SHOWN)
    yield from _told(text)


def tokens(text: str) -> Iterator[Found]:
    """What is a key or a token by its shape alone, whatever is said around it."""
    for pattern in (_PEM, _TOKENS, _USER_OF_URL):
        for one in pattern.finditer(text):
            yield Found(one.start(), one.end(), SHOWN)


def _told(text: str) -> Iterator[Found]:
    """What follows "my password is"."""
    for one in _TOLD.finditer(text):
        value = one[3] if one[2] else one[3].rstrip(_END_OF_SENTENCE)
        masked = value.startswith("[")
        if len(value) >= _SHORTEST and not masked and (one[2] or _is_one(value, one[1])):
            yield Found(one.start(3), one.start(3) + len(value), SHOWN)


_SHORTEST = 4


def _is_one(value: str, said: str) -> bool:
    """A plain word after "is" is most often said about the password."""
    if value.lower() in _ABOUT:
        return False
    plain = value.isalpha() and (value[1:].islower() or value.isupper())
    return said in {":", "=", "->", "=>"} or not plain
