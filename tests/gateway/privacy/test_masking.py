"""Bank accounts, national numbers, keys and passwords are masked; what is said about them stays."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.privacy.accounts import LENGTHS, is_iban
from gateway.privacy.found import KINDS
from gateway.privacy.masking import Masking

MASKING = Masking()
ALL = Masking(frozenset(KINDS))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("DE89 3704 0044 0532 0130 00", "[iban …3000]"),
        ("gb82west12345698765432.", "[iban …5432]."),
        ("IBAN FR14-2004-1010-0505-0001-3M02-606 ok", "[iban …2606] ok"),
        ("NL91ABNA0417164300, BIC ABNANL2A", "[iban …4300], BIC ABNANL2A"),
    ],
)
def test_accounts(said: str, shown: str) -> None:
    assert MASKING.text(said).removeprefix("IBAN ") == shown


def test_an_account_with_a_wrong_digit_is_none() -> None:
    assert MASKING.text("DE88 3704 0044 0532 0130 00") == "DE88 3704 0044 0532 0130 00"
    rng = random.Random(3)
    for country, length in LENGTHS.items():
        body = "".join(rng.choice("0123456789") for _ in range(length - 4))
        rest = int("".join(str(int(sign, 36)) for sign in f"{body}{country}00")) % 97
        number = f"{country}{98 - rest:02}{body}"
        assert is_iban(number)
        assert MASKING.text(f"to {number}!") == f"to [iban …{number[-4:]}]!"


@pytest.mark.parametrize(
    "said",
    [
        "ssn 219-09-9999",
        "my social security number is 219099999",
        "Meine Steuer-ID ist 86095742719",
        "Steueridentifikationsnummer: 86 095 742 719",
        "n° 2 55 08 14 168 025 38",
        "DNI 12345678Z",
        "NIE X1234567L",
        "codice fiscale RSSMRA85T10A562S",
        "codice fiscale RSSMRAURTMLARSNL",
        "o meu NIF é 123456789",
        "mijn BSN is 111222333",
        "BSN: 1112.22.333 of 111222333",
    ],
)
def test_national_numbers(said: str) -> None:
    assert "[id]" in MASKING.text(said)


@pytest.mark.parametrize(
    "said",
    [
        "order 86095742719",
        "parcel 123456789",
        "code 111222333",
        "000-12-3456",
        "DNI 12345678A",
        "RSSMRA85T10A562T",
        "Meine Steuer-ID ist 86095742718",
        "It costs 1 234 567 EUR; call 030 1234567 on 24.12.2026",
    ],
)
def test_numbers_that_are_nobodys_stay(said: str) -> None:
    assert MASKING.text(said) == said


@pytest.mark.parametrize(
    "said",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a1" * 18,
        "github_pat_" + "A1_" * 20,
        "xoxb-1234567890-abcdefghij",
        "sk_" + "live_" + "x1" * 12,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
        "https://ada:hunter22@shop.example/",
        "Authorization: Bearer abcdef0123456789abcdef",
        "my password is Hunter2!",
        "Password: sunshine",
        "the password is 'correct horse'",
        "Mein Passwort lautet Sommer2026.",
        "mon mot de passe est Soleil#9",
        "mi contraseña es Verano2026",
        "la password è Estate2026",
        "a minha senha é Verao2026",
        "mijn wachtwoord is Zomer2026",
        "api_key=abcd1234efgh",
        '{"client_secret": "s3cr3tvalue"}',
        "my PIN is 4821",
        "cvv 123",
    ],
)
def test_keys_and_passwords(said: str) -> None:
    shown = MASKING.text(said)
    assert "[secret]" in shown
    for kept in ("Hunter2", "sunshine", "2026", "Soleil", "hunter22", "4821", "MIIE", "s3cr3t"):
        assert kept not in shown


@pytest.mark.parametrize(
    "said",
    [
        "My password is wrong and I cannot log in",
        "Mein Passwort ist falsch.",
        "mon mot de passe est oublié",
        "I forgot my password, how do I reset it?",
        "Password: forgotten",
        "Where do I find my API key?",
        "What is the PIN code of the shop, 560001?",
        "Basic cotton shirt, bearer of good news",
    ],
)
def test_what_is_said_about_a_password_stays(said: str) -> None:
    assert MASKING.text(said) == said


def test_addresses_and_phones_only_when_wanted() -> None:
    said = "ada@example.com or +49 30 1234567 or (555) 123-4567"
    assert MASKING.text(said) == said
    assert ALL.text(said) == "[email] or [phone] or [phone]"


@given(st.text(alphabet="0123456789 -+./:=@ABCabcxyz\u200b[…]pass word is", max_size=200))
def test_masking_again_changes_nothing(said: str) -> None:
    once = ALL.text(said)
    assert ALL.text(once) == once


@pytest.mark.parametrize(
    "piece",
    ["1", "1 ", "1-", "a@", "a.", "DE12 ", "DE", "password is ", "eyJa", "eyJa.", "-----BEGIN ",
     "(1", "+1", "12 345 678 901 ", "://a:", "[card …", "A1", "\u200b1", "xoxb-", "Bearer "],
)  # fmt: skip
def test_hostile_texts_cost_little(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    began = time.process_time()
    ALL.text(text)
    assert time.process_time() - began < 2.0


def test_data_is_masked_at_every_depth() -> None:
    data = {"said": ["4111 1111 1111 1111", {"deep": "DE89370400440532013000"}], "n": 3}
    shown = {"said": ["[card …1111]", {"deep": "[iban …3000]"}], "n": 3}
    assert MASKING.data(data) == shown
