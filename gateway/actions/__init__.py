"""The loop that carries out what was confirmed: the intent is committed before the call."""
