"""What Slack's refusals mean for us, as a table: what to try again, what to mend, what is final,
and what nobody knows. It calls nothing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from channels.errors import (
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)

# The outbox gives a message up after 15 minutes: Slack may not ask for more than a part.
LONGEST_WAIT = 300.0
RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
LATER = frozenset({"service_unavailable", "request_timeout", "team_added_to_org"})
# "It's possible some aspect of the operation succeeded before the error was raised."
UNKNOWN = frozenset({"internal_error", "fatal_error"})
# A formatted message that Slack cannot read; the plain one may pass.
MALFORMED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
_REINSTALL = 'install the app again and copy the new "Bot User OAuth Token" to `bot_token`'
_ADMIN = "ask an administrator of the workspace to allow the app"
MENDS: Mapping[str, str] = MappingProxyType(
    {
        "invalid_auth": _REINSTALL,
        "not_authed": _REINSTALL,
        "account_inactive": _REINSTALL,
        "token_revoked": _REINSTALL,
        "token_expired": f"switch token rotation off, or {_REINSTALL}",
        "not_allowed_token_type": "copy the bot token (xoxb-), and the app token (xapp-) to its own"
        " key",
        "missing_scope": "add the scope to the app and install it again",
        "no_permission": "add the scope to the app and install it again",
        "org_login_required": _ADMIN,
        "two_factor_setup_required": _ADMIN,
        "enterprise_is_restricted": _ADMIN,
        "team_access_not_granted": _ADMIN,
        "ekm_access_denied": _ADMIN,
        "access_denied": _ADMIN,
        "accesslimited": _ADMIN,
        "messages_tab_disabled": 'switch on "Messages Tab" under "App Home"',
        "method_deprecated": "this version of the gateway is too old for Slack; update it",
        "deprecated_endpoint": "this version of the gateway is too old for Slack; update it",
    }
)
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "channel_not_found": "the place is gone, or the app was removed from it",
        "not_in_channel": "the app is not in the channel; invite it there",
        "is_archived": "the channel is archived",
        "restricted_action": "the workspace does not let the app write there",
        "restricted_action_read_only_channel": "only some may write in the channel",
        "restricted_action_thread_only_channel": "only threads may be written to there",
        "restricted_action_non_threadable_channel": "there are no threads in the channel",
        "restricted_action_thread_locked": "the thread is locked",
        "thread_not_found": "the thread is gone",
        "cannot_reply_to_message": "this message cannot have a thread",
        "msg_too_long": "the message is too long for Slack",
        "no_text": "the message is empty",
        "user_not_found": "there is no such person in reach of the app",
        "users_not_found": "there is no such person in reach of the app",
        "user_disabled": "the person's account is switched off",
        "cannot_dm_bot": "the account is a program; it cannot be written to",
        "message_not_found": "the message is gone",
        "cant_update_message": "the message is not the app's own",
        "cant_delete_message": "the message is not the app's own",
        "edit_window_closed": "the workspace lets nobody change messages that old",
        "file_not_found": "the file is gone",
        "file_deleted": "the file is gone",
        "file_upload_size_restricted": "the workspace takes no files that large",
        "slack_connect_file_upload_sharing_blocked": "no files may be sent to the other workspace",
        "slack_connect_blocked_file_type": "no such files may be sent to the other workspace",
    }
)


def meaning(code: str, *, needed: str = "", retry_after: float | None = None) -> ChannelError:
    """The error that a refusal stands for. ``code`` is Slack's word, ``needed`` the scope that it
    names with ``missing_scope``."""
    if code in RATE_LIMITED:
        return RetryableSendError("Slack asks for time (rate limit)", retry_after=retry_after)
    if code in LATER:
        return RetryableSendError(f"Slack cannot take it now ({code})", retry_after=retry_after)
    if code in UNKNOWN:
        return UncertainSendError(f"Slack stumbled ({code}) and may have done it all the same")
    if code in MENDS:
        scope = f" {needed}" if needed else ""
        return ChannelMisconfigured(f"Slack refuses the app ({code}{scope}): {MENDS[code]}")
    reason = REASONS.get(code)
    return RejectedSendError(f"Slack refuses it ({code})" + (f": {reason}" if reason else ""))


def of_status(status: int, retry_after: float | None) -> ChannelError:
    """What an answer without a word of Slack's API means, by its HTTP status."""
    if status == 429:  # noqa: PLR2004 - too many requests
        return RetryableSendError("Slack asks for time (rate limit)", retry_after=retry_after)
    if status == 503:  # noqa: PLR2004 - not taken: the service is not there
        return RetryableSendError("Slack is not available (503)", retry_after=retry_after)
    if 400 <= status < 500:  # noqa: PLR2004 - refused before the API saw it
        return RejectedSendError(f"Slack's address answers {status}; look at `api_base`")
    return UncertainSendError(f"Slack's answer ({status}) does not say whether it was done")


def seconds(header: str | None) -> float | None:
    """What ``Retry-After`` asks for, at most five minutes; None where it says nothing usable."""
    text = (header or "").strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return min(float(text[:9]), LONGEST_WAIT)
