"""Guides: articles that are walked one step at a time."""
