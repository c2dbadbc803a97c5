"""Telegram: a bot's chats, groups, topics and business chats, by polling or over a webhook."""
