"""National numbers of further countries: found with their check digits, and nobody else's."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from gateway.privacy.masking import Masking
from gateway.privacy.neighbours import is_ahv, is_cpf, is_nrn, is_svnr

MASKING = Masking()


@pytest.mark.parametrize(
    "said",
    [
        "My NI number is AB123456C.",
        "QQ 12 34 56 C is no prefix, but AB 12 34 56 C is",
        "AHV 756.9217.0769.85",
        "7569217076985",
        "meine Sozialversicherungsnummer: 1237 010180",
        "SV-Nr. 1237010180",
        "rijksregisternummer 85.07.30-033.28",
        "85.07.30-033.28",
        "mon registre national est 85073003328",
        "meu CPF é 529.982.247-25",
        "529.982.247-25",
        "cpf 52998224725",
    ],
)
def test_they_are_masked(said: str) -> None:
    assert "[id]" in MASKING.text(said)


@pytest.mark.parametrize(
    "said",
    [
        "order AB123456C",
        "part QQ 12 34 56 C",
        "756.9217.0769.84",
        "order 1237010180",
        "parcel 85073003328",
        "529.982.247-24",
        "111.111.111-11",
        "version 85.07.30-033.29",
        "order 52998224725",
    ],
)
def test_numbers_that_only_look_like_them_stay(said: str) -> None:
    assert MASKING.text(said) == said


@pytest.mark.parametrize(
    ("check", "length", "share"),
    [(is_ahv, 13, 0.1), (is_svnr, 10, 0.09), (is_nrn, 11, 0.021), (is_cpf, 11, 0.01)],
)
def test_a_number_made_up_seldom_passes(
    check: Callable[[str], bool], length: int, share: float
) -> None:
    rng = random.Random(4)
    numbers = ["".join(rng.choice("0123456789") for _ in range(length)) for _ in range(4_000)]
    assert sum(map(check, numbers)) <= 2 * share * len(numbers)
