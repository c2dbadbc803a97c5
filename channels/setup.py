"""What setting up each kind asks of an operator, and what is left for them to do on the platform.
Data only: it validates nothing and imports no SDK."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Question:
    """One setting. ``path`` is its key path inside the channel (``imap.host``), ``env`` the
    variable that a secret is kept in. One with a ``default`` may be left as it is."""

    path: str
    ask: str
    env: str | None = None
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """``steps`` may name ``{public_url}`` and ``{name}``, the channel's own; ``public`` kinds are
    of no use without the former. ``proposes`` kinds have a template that can be submitted."""

    questions: Sequence[Question]
    steps: Sequence[str]
    public: bool = False
    proposes: bool = False


SETUPS: Mapping[str, Setup] = MappingProxyType(
    {
        "web": Setup(
            (), ("Put the script tag of docs/how-to/put-it-on-your-site.md on your pages.",)
        ),
        "api": Setup(
            (
                Question("url", "Address that messages are delivered to"),
                Question("secret", "Shared secret (whsec_…), at least 32 characters", "API_SECRET"),
            ),
            ("Send events to {public_url}/webhooks/{name}; docs/channels/api.md has an example.",),
        ),
        "whatsapp": Setup(
            (
                Question("account_sid", "Twilio Account SID (AC…)", "TWILIO_ACCOUNT_SID"),
                Question("auth_token", "Twilio primary Auth Token", "TWILIO_AUTH_TOKEN"),
                Question("from", "Sender, such as whatsapp:+14155238886"),
            ),
            (
                "In Twilio, set the sender's webhook to {public_url}/webhooks/{name} (POST).",
                "Make the template that reopens a chat, as docs/channels/whatsapp.md says.",
                "Run frontdesk check --live: it looks at the webhook and the template.",
            ),
            public=True,
            proposes=True,
        ),
        "slack": Setup(
            (
                Question("bot_token", "Bot token (xoxb-…)", "SLACK_BOT_TOKEN"),
                Question("signing_secret", "Signing secret", "SLACK_SIGNING_SECRET"),
                Question(
                    "app_token",
                    "App token (xapp-…) for Socket Mode, empty for webhooks",
                    "SLACK_APP_TOKEN",
                    "",
                ),
            ),
            (
                "Make the Slack app from the manifest in docs/channels/slack.md and install it.",
                "Without Socket Mode, set its request URLs to {public_url}/webhooks/{name}.",
                "Invite the app to the channels where it should answer.",
            ),
        ),
        "discord": Setup(
            (Question("token", "Bot token", "DISCORD_TOKEN"),),
            (
                "In the developer portal, switch the Message Content intent on.",
                "Invite the bot with the link and permissions of docs/channels/discord.md.",
            ),
        ),
        "telegram": Setup(
            (Question("token", "Bot token from @BotFather", "TELEGRAM_TOKEN"),),
            ("To answer in groups, add the bot to them; see docs/channels/telegram.md.",),
        ),
        "email": Setup(
            (
                Question("address", "Address that customers write to"),
                Question("imap.host", "IMAP server"),
                Question("imap.user", "IMAP user, empty for the address", default=""),
                Question("imap.password", "IMAP password (an app password)", "IMAP_PASSWORD"),
                Question("smtp.host", "SMTP server"),
                Question("smtp.user", "SMTP user, empty for the address", default=""),
                Question("smtp.password", "SMTP password, mostly the same one", "SMTP_PASSWORD"),
            ),
            (
                "Turn off vacation notices and forwarding rules of this mailbox.",
                "Set authserv to your provider's name, to tell forgers: docs/channels/email.md.",
                "If people answer from mail programs, set imap.sent to the folder of sent mail.",
            ),
        ),
    }
)
