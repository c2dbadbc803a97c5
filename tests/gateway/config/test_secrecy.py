"""No secret is weak, in clear without a word, or in sight."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.config.load import Loaded
from gateway.errors import ConfigurationError

Load = Callable[..., Loaded]
Lines = Callable[..., list[str]]

CANARY = "canary-5f1c7d-canary-5f1c7d-canary"
ENVIRON = {"T": CANARY}


@pytest.mark.parametrize(
    "value",
    ["changeme", "CHANGE-ME", "your-token-here", "<token>", "xxxx", "TODO", "secret", "***"],
)
def test_placeholders_are_refused(problem_lines: Lines, value: str) -> None:
    (line,) = problem_lines("channels: {p: {kind: post, token: ${T}}}", {"T": value})
    assert line == (
        "config.yaml:1: channels.p.token: the secret is still a placeholder; "
        "put the real one in .env; its value comes from T"
    )


@pytest.mark.parametrize(
    ("text", "environ", "message"),
    [
        ("'  '", {}, "the secret is blank; give it a value, or remove the key"),
        ("''", {}, "the secret is blank; give it a value, or remove the key"),
        ("${T}", {}, "T is not set; set it in the environment or in .env"),
        ("${T}", {"T": " "}, "T is set but empty; give it a value, in the environment or in .env"),
        ("${T:-}", {}, "is missing; its value comes from T"),
        ("${T:- }", {}, "the secret is blank; give it a value, or remove the key; its value "),
    ],
)
def test_blank_and_missing_are_refused(
    problem_lines: Lines, text: str, environ: dict[str, str], message: str
) -> None:
    (line,) = problem_lines("channels: {p: {kind: post, token: " + text + "}}", environ)
    assert line.startswith(f"config.yaml:1: channels.p.token: {message}")


def test_an_optional_secret_may_be_left_out_by_an_empty_reference(load_text: Load) -> None:
    text = "channels: {p: {kind: post, token: ${T}, spare: ${S:-}}}"
    entry = load_text(text, ENVIRON).settings.channels["p"]
    assert getattr(entry, "spare", "unset") is None


def test_a_secret_in_clear_draws_a_warning(load_text: Load) -> None:
    text = (
        f"channels:\n  p:\n    kind: post\n    token: {CANARY}\n"
        f"    imap: {{host: h, password: {CANARY}}}\n    spare: ${{T}}\n"
        f"store: {{url: 'postgresql://u:{CANARY}@db/x'}}\n"
    )
    warnings = load_text(text, ENVIRON).warnings
    places = [str(warning).split(": a secret stands here in clear")[0] for warning in warnings]
    assert sorted(places) == [
        "config.yaml:4: channels.p.token",
        "config.yaml:5: channels.p.imap.password",
        "config.yaml:7: store.url",
    ]
    assert CANARY not in "".join(map(str, warnings))


@pytest.mark.parametrize(
    "url",
    [f"postgresql://u:{CANARY}@x@db/y", f"postgresql:///y?host=/run/db&password={CANARY}"],
)
def test_passwords_in_addresses_are_found(load_text: Load, url: str) -> None:
    text = f"channels: {{web: {{kind: web}}}}\nstore: {{url: '{url}'}}"
    assert [warning.path for warning in load_text(text).warnings] == [("store", "url")]


def test_from_the_environment_it_draws_none(load_text: Load) -> None:
    text = "channels: {p: {kind: post, token: ${T}}}\nstore: {url: 'postgresql://u:${T}@db/x'}"
    assert load_text(text, ENVIRON).warnings == ()


def test_settings_do_not_show_secrets(load_text: Load) -> None:
    settings = load_text(
        "channels:\n  p: {kind: post, token: ${T}, imap: {host: h, password: ${T}}}\n"
        "  web: {kind: web, identity_keys: {k1: ${T}}}\n"
        "store: {url: 'postgresql://u:${T}@db/x'}\n",
        ENVIRON,
    ).settings
    assert CANARY not in repr(settings) + str(settings) + repr(settings.channels)
    assert CANARY in settings.store.url


BROKEN = {
    "beside an unknown key": "channels: {p: {kind: post, token: ${T}, tokn: ${T}}}",
    "as the value of an unknown key": f"channels: {{p: {{kind: post, tokn: {CANARY}}}}}",
    "as a number's value": "server: {port: ${T}}",
    "as a mode": "rollout: {mode: ${T}}",
    "as a kind": "channels: {p: {kind: ${T}}}",
    "as another kind": "channels: {p: {kind: web, as: ${T}}}",
    "as a desk": "channels: {p: {kind: web, desk: ${T}}}",
    "as a mapping": "server: ${T}",
    "as an origin": "channels: {p: {kind: web, origins: ['${T}']}}",
    "as a secret that is a mapping": f"channels: {{p: {{kind: post, token: {{a: {CANARY}}}}}}}",
    "as a key that is too short": "channels: {p: {kind: web, identity_keys: {k: canary-5f1c7d}}}",
    "in what an adapter says": f"channels: {{p: {{kind: post, token: 'bad-{CANARY}'}}}}",
    "in what an adapter says of the environment": (
        "channels: {p: {kind: post, token: 'bad-${T}'}}"
    ),
    "in a broken line": f"token: [{CANARY}\nb: '{CANARY}",
    "as an alias": f"token: *{CANARY}",
    "as an anchor twice": f"a: &{CANARY} 1\nb: *{CANARY}x",
    "as a tag": f"a: !{CANARY} b",
    "as a directive": f"%{CANARY}\n---\na: b",
    "in a malformed reference": f"server: {{host: '${{{CANARY} x}}'}}",
    "in an address": "store: {url: 'mysql://u:${T}@db/x'}",
    "in a public address": "public_url: 'https://u:${T}@example.com:x'",
    "in a path": "brain: {knowledge: {sources: [{path: '${T}'}]}}",
    "as a time zone": "business: {timezone: '${T}'}",
    "as hours": "business: {hours: {mon: '${T}'}}",
    "as a proxy": "server: {trusted_proxies: ['${T}']}",
    "as a number by tag": f"server: {{port: !!int {CANARY}}}",
    "as a mapping's tag": f"server: !!{CANARY} {{port: 1}}",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_no_error_shows_what_was_given(load_text: Load, text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_text(text, ENVIRON)
    assert "canary-5f1c7d" not in str(caught.value) + repr(caught.value)
    # What is printed with a traceback counts too.
    cause = caught.value.__cause__ or caught.value.__context__
    assert cause is None


def test_no_error_shows_a_line_of_the_env_file(load_text: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f'A=\'{CANARY}\n{CANARY}\nB="{CANARY}" x\n')
    (tmp_path / ".env").chmod(0o600)
    with pytest.raises(ConfigurationError) as caught:
        load_text("")
    assert CANARY not in str(caught.value)
    assert [problem.line for problem in caught.value.problems] == [1, 2, 3]
