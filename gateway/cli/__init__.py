"""The command line: what operators type; every command imports what it needs when it runs."""
