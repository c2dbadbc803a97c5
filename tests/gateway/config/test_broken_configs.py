"""Wrong values and keys, and exactly what an operator is told about them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.config.settings import Settings
from gateway.errors import Problem

Lines = Callable[..., list[str]]

TABLE = {
    "mistyped top-level key": (
        "buisness: {name: A}\n",
        ['config.yaml:1: buisness: unknown key; did you mean "business"?'],
    ),
    "mistyped key of a channel": (
        "channels:\n  web:\n    kind: web\n    orgins: []\n",
        ['config.yaml:4: channels.web.orgins: unknown key; did you mean "origins"?'],
    ),
    "mistyped key in a list": (
        "brain:\n  knowledge:\n    sources:\n      - path: .\n        dmeo: true\n",
        ['config.yaml:5: brain.knowledge.sources[0].dmeo: unknown key; did you mean "demo"?'],
    ),
    "unlike every key": (
        "server: {zzz: 1}\n",
        [
            (
                "config.yaml:1: server.zzz: unknown key; the nearest known key is "
                '"trusted_proxies" (known here: host, insecure_http, port, trusted_proxies)'
            )
        ],
    ),
    "weekday": (
        "business:\n  hours: {monday: 09:00-17:00}\n",
        ['config.yaml:2: business.hours.monday: is not a weekday; did you mean "mon"?'],
    ),
    "hours": (
        (
            "business:\n  hours:\n    mon: nine to five\n    tue:\n      - 09:00-12:00\n"
            "      - 13:00-25:00\n    wed: 17:00-09:00\n"
        ),
        [
            (
                "config.yaml:3: business.hours.mon: must be pairs of times; "
                'write hours like "09:00-12:30, 13:30-17:00" or "closed"'
            ),
            (
                "config.yaml:6: business.hours.tue[1]: names a time that no clock shows; "
                "use 00:00 to 24:00"
            ),
        ],
    ),
    "hours of nobody": (
        "business:\n  hours: {}\n",
        [
            (
                "config.yaml:2: business.hours: nobody would ever be there; "
                'name hours for at least one day, or say "always"'
            )
        ],
    ),
    "hours beside a wrong zone and holiday": (
        (
            "business:\n  hours: {mon: 9}\n  timezone: Mars/Olympus\n"
            "  holidays:\n    - 2030-12-25\n    - 25.12.2030\n"
        ),
        [
            (
                "config.yaml:2: business.hours.mon: must be hours; "
                'write hours like "09:00-12:30, 13:30-17:00" or "closed"'
            ),
            "config.yaml:3: business.timezone: must be a time zone like Europe/Berlin",
            "config.yaml:6: business.holidays[1]: must be a date like 2030-12-25",
        ],
    ),
    "texts": (
        (
            "business:\n  texts:\n    greeting: 7\n    handoff:\n      en: [a]\n"
            "      de: {web: {deep: x}}\n    thanks:\n"
        ),
        [
            (
                "config.yaml:3: business.texts.greeting: must be text, or a mapping "
                "(language: text); put it in quotes"
            ),
            (
                "config.yaml:5: business.texts.handoff.en: must be text, or a mapping "
                "(channel: text)"
            ),
            "config.yaml:6: business.texts.handoff.de.web: must be text",
            ("config.yaml:7: business.texts.thanks: must be text, or a mapping (language: text)"),
        ],
    ),
    "texts that are none": (
        "business: {texts: hello}\n",
        ["config.yaml:1: business.texts: must be a mapping (key: value)"],
    ),
    "no number": (
        "server:\n  port: many\n",
        ["config.yaml:2: server.port: must be a whole number"],
    ),
    "number out of range": (
        "server: {port: 70000}\n",
        ["config.yaml:1: server.port: should be less than or equal to 65535"],
    ),
    "number where text belongs": (
        "business: {name: 2024}\n",
        ["config.yaml:1: business.name: must be text; put it in quotes"],
    ),
    "no mapping": (
        "server: here\n",
        ["config.yaml:1: server: must be a mapping (key: value)"],
    ),
    "empty section": (
        "\nbusiness:\n",
        ["config.yaml:2: business: must be a mapping (key: value)"],
    ),
    "unknown language": (
        "business: {languages: [en, xx]}\n",
        [
            (
                "config.yaml:1: business.languages[1]: must be "
                "'en', 'de', 'fr', 'es', 'it', 'pt' or 'nl'"
            )
        ],
    ),
    "language twice": (
        "business: {languages: [en, en]}\n",
        ["config.yaml:1: business.languages: names a language twice"],
    ),
    "time zone": (
        "business: {timezone: Mars/Olympus}\n",
        ["config.yaml:1: business.timezone: must be a time zone like Europe/Berlin"],
    ),
    "public_url without scheme": (
        "public_url: help.example.com\n",
        ["config.yaml:1: public_url: must be an address like https://help.example.com"],
    ),
    "public_url with a user": (
        "public_url: https://me:canary-7@example.com\n",
        ["config.yaml:1: public_url: must not hold a user, a query or a fragment"],
    ),
    "public_url with a bad port": (
        "public_url: https://example.com:99999\n",
        ["config.yaml:1: public_url: must be an address like https://help.example.com"],
    ),
    "public_url with a space": (
        "public_url: https://help .example.com\n",
        ["config.yaml:1: public_url: must be an address like https://help.example.com"],
    ),
    "store in memory": (
        "store: {url: 'sqlite:///:memory:'}\n",
        [
            (
                "config.yaml:1: store.url: must be sqlite:///path/to/file.db or "
                "postgresql://user:password@host/database"
            )
        ],
    ),
    "unknown kind": (
        "channels: {a: {kind: wbe}}\n",
        ['config.yaml:1: channels.a.kind: no such kind of channel; did you mean "web"?'],
    ),
    "no kind": (
        "channels: {a: {demo: true}}\n",
        ["config.yaml:1: channels.a.kind: says no kind; one of: post, slack, web"],
    ),
    "kind without an adapter": (
        "channels: {a: {kind: slack}}\n",
        [
            (
                "config.yaml:1: channels.a.kind: kind 'slack' has no adapter in this version; "
                "remove the channel"
            )
        ],
    ),
    "channel's name": (
        "channels: {My Shop: {kind: web}}\n",
        [
            (
                "config.yaml:1: channels.My Shop: cannot be a channel's name; a name is small "
                "letters, digits and hyphens, at most 41, a letter first"
            )
        ],
    ),
    "channel that is none": (
        "channels:\n  web:\n",
        ["config.yaml:2: channels.web: must be a mapping that says its kind"],
    ),
    "channels that are none": (
        "channels: [web]\n",
        ["config.yaml:1: channels: must be a mapping (name: channel)"],
    ),
    "unknown desk": (
        "channels: {a: {kind: web, desk: wbe}}\n",
        ['config.yaml:1: channels.a.desk: no desk has this name; did you mean "web"?'],
    ),
    "rollout of no channel": (
        "channels: {shop: {kind: web}}\nrollout: {channels: {shopp: auto}}\n",
        ['config.yaml:2: rollout.channels.shopp: no channel has this name; did you mean "shop"?'],
    ),
    "unknown mode": (
        "channels: {a: {kind: web}}\nrollout: {channels: {a: {intents: {billing: on}}}}\n",
        [
            (
                "config.yaml:2: rollout.channels.a.intents.billing.mode: must be 'off', 'shadow',"
                " 'draft' or 'auto'"
            )
        ],
    ),
    "off hours of a team that is always there": (
        (
            "channels: {a: {kind: web}}\n"
            "rollout: {channels: {a: {mode: auto, hours: off_hours_only}}}\n"
        ),
        [
            (
                "config.yaml:2: rollout.channels.a.hours: the team has no hours, so none of them"
                " are off; set business.hours, or take this out"
            )
        ],
    ),
    "budget of no desk": (
        "brain: {budgets: {departments: {wbe: {usd: 5}}}}\n",
        [
            (
                "config.yaml:1: brain.budgets.departments.wbe: no desk has this name; did you mean"
                ' "web"?'
            )
        ],
    ),
    "a budget below nothing": (
        "brain: {budgets: {tenant: {usd: -1}}}\n",
        [("config.yaml:1: brain.budgets.tenant.usd: should be greater than or equal to 0")],
    ),
    "demo knowledge beside a real channel": (
        (
            "channels:\n  web: {kind: web, demo: true}\n  shop: {kind: web}\n"
            "brain:\n  knowledge:\n    sources:\n      - {path: ., demo: true}\n"
        ),
        [
            (
                "config.yaml:7: brain.knowledge.sources[0].demo: demo knowledge beside a real "
                "channel (shop): invented answers must never reach customers; remove this "
                "source, or say demo: true on each channel"
            )
        ],
    ),
    "knowledge that is not there": (
        "brain: {knowledge: {sources: [{path: nowhere}]}}\n",
        [
            (
                "config.yaml:1: brain.knowledge.sources[0].path: no such file or folder; "
                "it is read from config.yaml's folder"
            )
        ],
    ),
    "exposed without TLS": (
        "server:\n  host: 0.0.0.0\n",
        [
            (
                "config.yaml:2: server.host: listens beyond this machine over plain http, in which "
                "passwords can be read; put a TLS proxy in front and set public_url: https://… "
                "(or server.host: 127.0.0.1)"
            )
        ],
    ),
    "public address without TLS": (
        "public_url: http://help.example.com\n",
        [
            (
                "config.yaml:1: public_url: is plain http beyond this machine, in which passwords "
                "can be read; put a TLS proxy in front and write https://…"
            )
        ],
    ),
    "trusted proxies": (
        "server: {trusted_proxies: [somewhere]}\n",
        ["config.yaml:1: server.trusted_proxies[0]: must be an address or network like 10.0.0.0/8"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), TABLE.values(), ids=TABLE)
def test_says_exactly(problem_lines: Lines, text: str, expected: list[str]) -> None:
    assert problem_lines(text) == expected


LATER = {
    "rollout.intents": "rollout: {intents: {}}",
}


@pytest.mark.parametrize(("path", "text"), LATER.items(), ids=LATER)
def test_keys_of_later_versions_are_refused(problem_lines: Lines, path: str, text: str) -> None:
    (line,) = problem_lines(text)
    assert line.startswith(f"config.yaml:1: {path}: not available in this version; ")


def test_every_problem_at_once_in_the_order_of_the_file(problem_lines: Lines) -> None:
    lines = problem_lines(
        "server: {port: x}\n"
        "store: {ulr: y}\n"
        "channels:\n"
        "  a: {kind: web, upload_limit_mb: 1000}\n"
        "  b: {kind: post}\n"
        "  c: {kind: nothing-like-it}\n"
        "  d: {kind: web, desk: nowhere}\n"
        "rollout: {channels: {a: auto, b: auto, c: auto, e: auto}}\n"
        "brain: {knowledge: {threshold: 2, sources: [{path: nowhere}]}}\n"
        "public_url: ${NOWHERE}\n"
    )
    places = [line.split(": ")[:2] for line in lines]
    assert places == [
        ["config.yaml:1", "server.port"],
        ["config.yaml:2", "store.ulr"],
        ["config.yaml:4", "channels.a.upload_limit_mb"],
        ["config.yaml:5", "channels.b.token"],
        ["config.yaml:6", "channels.c.kind"],
        ["config.yaml:7", "channels.d.desk"],
        ["config.yaml:8", "rollout.channels.e"],
        ["config.yaml:9", "brain.knowledge.threshold"],
        ["config.yaml:9", "brain.knowledge.sources[0].path"],
        ["config.yaml:10", "public_url"],
    ]


def test_checks_of_higher_layers_are_placed_and_joined(problem_lines: Lines) -> None:
    def texts(settings: Settings) -> list[Problem]:
        return [
            Problem("no such text", ("business", "texts", key)) for key in settings.business.texts
        ]

    lines = problem_lines(
        "business:\n  texts:\n    hello: {en: Hi}\nserver: {port: x}\n", None, [texts]
    )
    assert lines == [
        "config.yaml:3: business.texts.hello: no such text",
        "config.yaml:4: server.port: must be a whole number",
    ]


def test_a_wrong_text_hides_no_other_from_the_checks(problem_lines: Lines) -> None:
    def names(settings: Settings) -> list[Problem]:
        return [Problem("seen", ("business", "texts", key)) for key in settings.business.texts]

    lines = problem_lines("business:\n  texts:\n    one: 1\n    two: Hi\n", None, [names])
    assert [line.split("; ")[0] for line in lines] == [
        "config.yaml:3: business.texts.one: must be text, or a mapping (language: text)",
        "config.yaml:4: business.texts.two: seen",
    ]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("{greeting: " + "x" * 2001 + "}", "texts.greeting: is longer than 2000 characters"),
        ("{" + "x" * 65 + ": Hi}", "texts." + "x" * 64 + ": cannot be the name of a text"),
        ("{a: {" + "x" * 65 + ": Hi}}", "cannot be the name of a language"),
        ("{a: {en: {" + "x" * 65 + ": Hi}}}", "cannot be the name of a channel"),
        ("{" + ", ".join(f"t{n}: Hi" for n in range(101)) + "}", "texts: has more than 100"),
        ("{a: {" + ", ".join(f"t{n}: Hi" for n in range(101)) + "}}", "texts.a: has more than 100"),
    ],
    ids=["text", "key", "language", "channel", "keys", "languages"],
)
def test_texts_have_limits(problem_lines: Lines, texts: str, message: str) -> None:
    (line,) = problem_lines(f"business:\n  texts: {texts}\n")
    assert line.startswith("config.yaml:2: business.texts")
    assert message in line


def test_a_path_that_no_disk_takes(problem_lines: Lines) -> None:
    (line,) = problem_lines("brain: {knowledge: {sources: [{path: " + "x" * 9000 + "}]}}")
    assert "brain.knowledge.sources[0].path: no such file or folder" in line
