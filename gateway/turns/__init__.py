"""One turn in flight per conversation: claim, open, decide, commit."""
