"""The tables, one module a subject; every root row carries its tenant."""
