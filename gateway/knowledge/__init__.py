"""Documents and passages as rows: the truth behind every node's index."""
