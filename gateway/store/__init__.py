"""Rows and how they are committed; the only part of the gateway that knows SQL."""
