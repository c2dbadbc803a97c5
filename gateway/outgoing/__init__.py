"""Telling other systems what happened: rows written with the fact, posted in order, signed."""
