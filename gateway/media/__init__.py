"""Attachments: those behind a platform's reference, and what visitors upload."""
