"""Numbers made up from a seed: cards that could exist, and numbers that only look like them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

# Beginning and length of the sorts in use.
SORTS: Sequence[tuple[str, int]] = (
    ("4", 16), ("4", 16), ("4", 19), ("51", 16), ("52", 16), ("53", 16), ("54", 16), ("55", 16),
    ("2221", 16), ("2450", 16), ("2720", 16), ("34", 15), ("37", 15), ("300", 14), ("36", 14),
    ("38", 14), ("6011", 16), ("644", 16), ("65", 16), ("3528", 16), ("3589", 16), ("62", 16),
    ("62", 19), ("6759", 16),
)  # fmt: skip
SAID = (
    "My card is {n}.", "{n}", "Please charge {n}, expiry 04/29", "card number: {n} cvv 123",
    "Kreditkarte {n}, gültig bis 11/30", "Ma carte : {n}", "mi tarjeta es {n} gracias",
    "I paid for order 20931 with {n} on 2026-03-04", "on 12 May {n} was charged twice",
    "la mia carta ({n}) non funziona", "cartão={n}", "kaartnummer {n}?", "visa\n{n}\n04/29 123",
    "{n} 04/29", '"{n}"', "It was 2 x 30 EUR on {n}",
)  # fmt: skip
OTHERS: Sequence[Callable[[random.Random], str]] = (
    lambda r: f"order {digits(r, r.randint(6, 12))}",
    lambda r: f"order number {digits(r, 16)}",
    lambda r: f"Bestellung Nr. {digits(r, 16)} fehlt",
    lambda r: f"my order is #{digits(r, r.choice((8, 10, 16)))}",
    lambda r: f"FH-{digits(r, 16)}",
    lambda r: f"tracking 1Z{digits(r, 16)}",
    lambda r: f"tracking {spaced('94' + digits(r, 20))}",
    lambda r: f"USPS {spaced('9' + r.choice('2345') + digits(r, 20))}",
    lambda r: f"DHL {digits(r, r.choice((10, 12, 20)))}",
    lambda r: f"parcel {digits(r, r.choice((12, 14, 20)))}",
    lambda r: f"RB{digits(r, 9)}DE",
    lambda r: f"+{digits(r, r.randint(10, 13))}",
    lambda r: f"call +49 {digits(r, 3)} {digits(r, 7)} or 0{digits(r, 3)}/{digits(r, 6)}",
    lambda r: f"({digits(r, 3)}) {digits(r, 3)}-{digits(r, 4)}",
    lambda r: f"{r.randint(2000, 2030)}-{r.randint(1, 12):02}-{r.randint(1, 28):02} 14:05:12",
    lambda r: f"{r.randint(1, 28):02}.{r.randint(1, 12):02}.{r.randint(1990, 2030)}, 09:30-17:00",
    lambda r: f"from 2026-03-0{r.randint(1, 9)} to 2026-04-{r.randint(10, 28)} for 1 250 000",
    lambda r: f"EAN {digits(r, 13)}",
    lambda r: f"978-{digits(r, 1)}-{digits(r, 4)}-{digits(r, 4)}-{digits(r, 1)}",
    lambda r: f"IMEI 35{digits(r, 13)}",
    lambda r: f"https://shop.example/t/{digits(r, 16)}",
    lambda r: f"{1_790_000_000 + r.randint(0, 10**7)}{digits(r, 3)}",
    lambda r: f"1{digits(r, 18)}",
    lambda r: f"v{digits(r, 1)}.{digits(r, 2)}.{digits(r, 4)}, {digits(r, 5)} kB",
    lambda r: f"it was {digits(r, 3)},{digits(r, 3)}.{digits(r, 2)} and {digits(r, 4)} g",
    lambda r: f"invoice {digits(r, 4)}-{digits(r, 4)}-{digits(r, 4)}",
)


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def spaced(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def card(rng: random.Random) -> str:
    begins, length = rng.choice(SORTS)
    body = begins + digits(rng, length - len(begins) - 1)
    total = sum(
        sum(map(int, str(int(digit) * (1 + place % 2))))
        for place, digit in enumerate(reversed(body), start=1)
    )
    return body + str(-total % 10)


def written(rng: random.Random, number: str) -> str:
    """As people write it."""
    mark = rng.choice(("", "", " ", " ", "-", "\u00a0", "."))
    if len(number) in {14, 15}:
        return mark.join((number[:4], number[4:10], number[10:]))
    return mark.join(number[at : at + 4] for at in range(0, len(number), 4))


def positives(rng: random.Random, count: int) -> list[tuple[str, str]]:
    """(what somebody says, the card in it as it stands there)."""
    cards = [written(rng, card(rng)) for _ in range(count)]
    return [(rng.choice(SAID).format(n=number), number) for number in cards]


def negatives(rng: random.Random, count: int) -> list[str]:
    return [rng.choice(OTHERS)(rng) for _ in range(count)]
