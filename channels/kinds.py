"""The kinds of channel, as data: what each can do, and where its adapter and settings stand.

Imports no SDK: an adapter is loaded by its dotted name when a configured channel needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from types import MappingProxyType

from channels.contract import Capabilities

# Text limits keep a margin below the platform's own, which count in ways of their own.
CAPABILITIES: Mapping[str, Capabilities] = MappingProxyType(
    {
        "web": Capabilities(
            dialect="web",
            text_limit=20_000,
            choices_limit=10,
            typing=True,
            idempotent_send=True,
            pulled=True,
            quiet_seconds=0.3,
        ),
        "whatsapp": Capabilities(
            dialect="whatsapp",
            text_limit=1_500,
            choices_limit=3,
            choice_label_limit=20,
            typing=True,
            read_back=True,
            window_hours=24,
            # Webhooks reach every node; one of them asks for what they did not bring.
            receivers="one",
            receipts=True,
        ),
        "slack": Capabilities(
            dialect="slack",
            text_limit=3_800,
            choices_limit=10,
            choice_label_limit=75,
            threads=True,
            edits=True,
            deletes=True,
            typing=True,
            read_back=True,
            public=True,
            private="message",
            customer_edits=True,
            customer_deletes=True,
            customer_reactions=True,
            commands=True,
            whispers=True,
        ),
        "discord": Capabilities(
            dialect="discord",
            text_limit=1_900,
            choices_limit=25,
            choice_label_limit=80,
            threads=True,
            edits=True,
            deletes=True,
            typing=True,
            idempotent_send=True,
            read_back=True,
            receivers="one",
            reconcile_by_resend=True,
            public=True,
            private="message",
            customer_edits=True,
            customer_deletes=True,
            customer_reactions=True,
            commands=True,
        ),
        "telegram": Capabilities(
            dialect="telegram",
            text_limit=3_900,
            choices_limit=10,
            choice_label_limit=64,
            threads=True,
            edits=True,
            deletes=True,
            typing=True,
            receivers="one",
            public=True,
            # A bot may not write to a person first.
            private="link",
            customer_edits=True,
            customer_reactions=True,
            commands=True,
        ),
        # A mail's receipt is the bounce that reports its failure.
        "email": Capabilities(
            dialect="email",
            text_limit=1_000_000,
            threads=True,
            receivers="one",
            # Several that were sent at once come apart.
            quiet_seconds=2,
            reconcile_by_resend=True,
            receipts=True,
        ),
        # Edits and takings-back are bodies like any other; what becomes of them is the receiver's.
        "api": Capabilities(
            dialect="api",
            text_limit=8_000,
            choices_limit=10,
            choice_label_limit=80,
            edits=True,
            deletes=True,
            receipts=True,
            customer_edits=True,
            customer_deletes=True,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of channel that can be configured. ``settings`` and ``channel`` are dotted names
    (``module:name``) of its settings model and its ``Channel``; ``sdk`` is the package that the
    adapter needs, None for its own."""

    name: str
    capabilities: Capabilities
    settings: str
    channel: str
    sdk: str | None = None


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "web": Kind(
            "web",
            CAPABILITIES["web"],
            settings="channels.webchat.settings:WebSettings",
            channel="channels.webchat.channel:WebChat",
        ),
        "email": Kind(
            "email",
            CAPABILITIES["email"],
            settings="channels.mail.settings:EmailSettings",
            channel="channels.mail.channel:MailChannel",
            sdk="imapclient",
        ),
        "api": Kind(
            "api",
            CAPABILITIES["api"],
            settings="channels.api.settings:ApiSettings",
            channel="channels.api.channel:ApiChannel",
        ),
        "slack": Kind(
            "slack",
            CAPABILITIES["slack"],
            settings="channels.slack.settings:SlackSettings",
            channel="channels.slack.channel:SlackChannel",
            sdk="slack-sdk",
        ),
        "telegram": Kind(
            "telegram",
            CAPABILITIES["telegram"],
            settings="channels.telegram.settings:TelegramSettings",
            channel="channels.telegram.channel:TelegramChannel",
            sdk="python-telegram-bot",
        ),
        "discord": Kind(
            "discord",
            CAPABILITIES["discord"],
            settings="channels.discord.settings:DiscordSettings",
            channel="channels.discord.channel:DiscordChannel",
            sdk="discord.py",
        ),
        "whatsapp": Kind(
            "whatsapp",
            CAPABILITIES["whatsapp"],
            settings="channels.whatsapp.settings:WhatsAppSettings",
            channel="channels.whatsapp.channel:WhatsAppChannel",
            sdk="twilio",
        ),
    }
)


def imitate(kind: str) -> Capabilities:
    """What a web channel can do that shows itself as another kind (``as: whatsapp``).

    Raises:
        ValueError: there is no such kind.
    """
    shown = CAPABILITIES.get(kind)
    if shown is None:
        known = ", ".join(CAPABILITIES)
        raise ValueError(f"there is no kind of channel called {kind!r}; use one of {known}")
    return replace(
        CAPABILITIES["web"],
        dialect=shown.dialect,
        text_limit=shown.text_limit,
        choices_limit=shown.choices_limit,
        choice_label_limit=shown.choice_label_limit,
    )


def load(dotted: str) -> object:
    """What a dotted name (``module:name``) stands for; imports its module.

    Raises:
        ValueError: the name has no such form, or the module holds no such thing.
        ImportError: the module, or something it needs, is not installed.
    """
    module, colon, name = dotted.partition(":")
    if not (module and colon and name):
        raise ValueError(f"{dotted!r} is no dotted name; write it as module:name")
    loaded = import_module(module)
    try:
        return getattr(loaded, name)
    except AttributeError:
        raise ValueError(f"module {module!r} holds nothing called {name!r}") from None
