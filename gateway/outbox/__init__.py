"""Sending what is queued, in the order of each address; the one owner of delivery states."""
