"""Nobody is forgotten: what is looked at while customers wait for people."""
