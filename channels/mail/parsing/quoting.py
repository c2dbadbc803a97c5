"""What somebody wrote themselves, without the mail they answer and without their signature. Never
leaves nothing over: where all would go, all stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from mailparser_reply.parser import EmailMessage

LANGUAGES = ("en", "de", "fr", "es", "it", "nl")
LOOKED_AT = 20_000
_FORWARD = re.compile(
    r"\s*(?:fwd?|wg|tr|rv|i|enc|doorst|weitergeleitet)\s*:", re.IGNORECASE | re.ASCII
)
# What the library does not know: Portuguese, and separators that mail programs translate.
_ATTRIBUTION = re.compile(
    r"^(?:>\s?)*(?:Em|No dia|A) .{4,200}?\b(?:escreveu|wrote)(?: o seguinte)?\s*:\s*$"
    r"|^-{2,} ?(?:Original Message|Ursprüngliche Nachricht|Mensaje original|Message d['’]origine"
    r"|Messaggio originale|Mensagem original|Oorspronkelijk bericht) ?-{2,}\s*$",
    re.IGNORECASE,
)
_FROM_LINE = re.compile(r"^[* ]*(?:De|From|Von|Da|Van)\s?:[* ]*\S")
_SENT_LINE = re.compile(r"^[* ]*(?:Enviad[ao](?: em)?|Data|Envoyé|Inviato|Verzonden)\s?:")
_HINT = re.compile(r":[ \t]*$|^[>* ]*\w+ ?:[* ]*\S", re.MULTILINE)
_SIGN_OFF = re.compile(
    r"^(?:(?:best|kind|warm|many|with)? ?(?:regards|wishes)|(?:all the )?best|sincerely|cheers"
    r"|thanks(?: in advance)?|thank you|yours (?:truly|sincerely|faithfully)"
    r"|mit freundlichen grüßen|(?:viele|liebe|beste|herzliche|schöne)n? (?:grüße|grüsse|gruesse)"
    r"|freundliche grüße|gruß|mfg|vg|lg|cordialement|bien à vous|bien cordialement|salutations"
    r"|(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente|gracias|cordiali saluti"
    r"|distinti saluti|saluti|grazie|atenciosamente|cumprimentos|com os melhores cumprimentos"
    r"|obrigad[oa]|(?:met )?vriendelijke groet(?:en)?|groet(?:en|jes)?|mvg)[ ,.!]*$",
    re.IGNORECASE,
)
_SENT_FROM = re.compile(
    r"^(?:sent (?:from|with|via) |get outlook for |gesendet (?:von|mit) |von mein.{1,40} gesendet"
    r"|diese nachricht wurde von mein|envoyé (?:de|depuis|à partir de) "
    r"|enviado (?:desde|do|a partir do|de) |inviato da |verzonden (?:vanaf|met|via) "
    r"|télécharger outlook|outlook für )",
    re.IGNORECASE,
)
_SIGNATURE_LINES = 8
_SIGNATURE_CHARACTERS = 400

Latest = Callable[[str], str]


def latest(text: str) -> str:
    """What stands above the first quoted mail, in the library's spelling of it."""
    read = EmailMessage(text=text, languages=list(LANGUAGES), keep_hyphen_lists=True).read()
    first = next(iter(read.replies), None)
    # A quote that stands at the very top has nothing above it.
    return "" if first is None or first.headers else first.content


def said(text: str, subject: str = "", above: Latest = latest) -> str:
    """The new words of a mail. Of a forwarded one everything is: it is what they show us."""
    if _FORWARD.match(subject):
        return text
    lines = text.split("\n")
    kept = _unsigned(_without_last_quote(_above(lines, above)))
    if any(line.strip() for line in kept):
        return text if len(kept) == len(lines) else "\n".join(kept).rstrip()
    shown = "\n".join(_unsigned(_between(lines))).strip("\n")
    return shown if shown.strip() else text


def _between(lines: Sequence[str]) -> list[str]:
    """What stands below and between the quotes, without the lines that name whom they quote."""
    quoted = [line.lstrip().startswith(">") for line in lines]
    return [
        line
        for number, line in enumerate(lines)
        if not quoted[number]
        and not _is_attribution(line)
        and not (line.rstrip().endswith(":") and any(quoted[number + 1 : number + 3]))
    ]


def _is_attribution(line: str) -> bool:
    return bool(_ATTRIBUTION.match(line)) or (
        line.rstrip().endswith(":") and bool(re.search(r"@|\d{2}[:.]\d{2}|\d{4}", line))
    )


def _above(lines: Sequence[str], above: Latest) -> list[str]:
    kept = list(lines)
    for number, line in enumerate(lines):
        # Mail programs wrap the line that names whom they quote.
        wrapped = line if number + 1 == len(lines) else f"{line} {lines[number + 1]}"
        header = _FROM_LINE.match(line) and any(
            _SENT_LINE.match(following) for following in lines[number + 1 : number + 4]
        )
        if _ATTRIBUTION.match(line) or _ATTRIBUTION.match(wrapped) or header:
            kept = list(lines[:number])
            break
    head = "\n".join(kept)[:LOOKED_AT]
    if not _HINT.search(head):
        return kept
    return _as_far_as(kept, above(head)) if len(head) < LOOKED_AT else kept


def _as_far_as(lines: list[str], reply: str) -> list[str]:
    """The library trims lines; here they stay as they were written, up to the last it kept."""
    wanted = [line.strip() for line in reply.split("\n") if line.strip()]
    end = found = 0
    for number, line in enumerate(lines):
        if found < len(wanted) and line.strip() == wanted[found]:
            found += 1
            end = number + 1
    if found < len(wanted):
        return lines
    rest = any(line.strip() for line in lines[end:])
    return lines[:end] if rest else lines


def _without_last_quote(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    quoted = any(line.lstrip().startswith(">") for line in lines[end:])
    if not quoted:
        return lines
    while end and lines[end - 1].rstrip().endswith(":") and _is_attribution(lines[end - 1]):
        end -= 1
    return lines[:end]


def _unsigned(lines: list[str]) -> list[str]:
    short = _short_from(lines)
    for number, line in enumerate(lines):
        bare = line.strip()
        ends = number + 1 >= short
        if bare in {"--", "—"} and (line.startswith("-- ") or ends):
            return lines[:number]
        if ends and number and (_SIGN_OFF.match(bare) or _SENT_FROM.match(bare)):
            return lines[:number]
    return lines


def _short_from(lines: Sequence[str]) -> int:
    """From which line on there is only what stands under a name, and no further message."""
    filled = characters = 0
    for number in range(len(lines) - 1, -1, -1):
        filled += bool(lines[number].strip())
        characters += len(lines[number])
        if filled > _SIGNATURE_LINES or characters > _SIGNATURE_CHARACTERS:
            return number + 1
    return 0
