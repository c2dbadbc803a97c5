"""What may never be answered by a machine (RFC 3834 and its relatives), as pure functions of a
mail. Never reads the text: what it says proves nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from channels.mail.letter import Letter

_BULK = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
_NO_REPLY = re.compile(
    r"(?:no|do-?not|donot|dont)[-_.]?repl(?:y|ies)|no[-_.]?answer|noresponse|bounces?|mailer-daemon"
    r"|postmaster|mailerdaemon|nicht-?antworten|ne-?pas-?repondre|no-?responder",
    re.IGNORECASE,
)
_SYSTEM = re.compile(r"mailer-daemon|postmaster|mailerdaemon|mail-daemon", re.IGNORECASE)
_AWAY = re.compile(
    r"\s*(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response|responder)|out of (?:the )?office"
    r"|abwesenheits(?:notiz|assistent|meldung)|automatische (?:antwort|reactie)"
    r"|réponse automatique|respuesta automática|risposta automatica|resposta automática"
    r"|automatisch antwoord|afwezigheids)",
    re.IGNORECASE,
)


def _automatic(letter: Letter, _: str) -> bool:
    return any(
        value.partition(";")[0].strip().lower() not in {"", "no"}
        for value in letter.all("auto-submitted")
    )


def _away(letter: Letter, _: str) -> bool:
    return bool(_AWAY.match(letter.first("subject")))


def _system(letter: Letter, address: str) -> bool:
    null = letter.first("return-path").replace(" ", "") == "<>"
    return null or bool(_SYSTEM.match(address))


def _listed(letter: Letter, _: str) -> bool:
    return any(name.startswith("list-") for name in letter.fields)


def _bulk(letter: Letter, _: str) -> bool:
    return any(value.strip().lower() in _BULK for value in letter.all("precedence"))


def _suppressed(letter: Letter, _: str) -> bool:
    return any(
        value.strip().lower() not in {"", "none"}
        for value in letter.all("x-auto-response-suppress")
    )


def _robot(letter: Letter, _: str) -> bool:
    return any(
        letter.all(name)
        for name in (
            "x-autoreply",
            "x-autorespond",
            "x-autoresponder",
            "x-auto-reply-from",
            "x-loop",
        )
    )


def _campaign(letter: Letter, _: str) -> bool:
    return bool(letter.all("feedback-id"))


def _deaf(_: Letter, address: str) -> bool:
    return bool(_NO_REPLY.match(address.partition("@")[0]))


Guard = Callable[[Letter, str], bool]
# In the order in which they are told; the first that holds is the reason.
GUARDS: Mapping[str, Guard] = {
    "a bounce or a message of a mail system": _system,
    "an automatic reply": _automatic,
    "an out-of-office notice": _away,
    "mail of a list": _listed,
    "bulk mail": _bulk,
    "its sender asks for no automatic answer": _suppressed,
    "a program's answer": _robot,
    "a campaign": _campaign,
    "its sender takes no answers": _deaf,
}
# What a contact form of our own may be without being ignored.
_FORMS_MAY = frozenset({"an automatic reply", "a campaign", "its sender takes no answers"})


def automatic(letter: Letter, address: str, *, form: bool = False) -> str | None:
    """Why a mail from ``address`` is not to be answered by a machine; None where it may be.
    ``form`` says that it comes from a contact form of ours."""
    for reason, holds in GUARDS.items():
        if not (form and reason in _FORMS_MAY) and holds(letter, address):
            return reason
    return None
