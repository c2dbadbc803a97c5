"""The verbs that every path shares, as functions over an open unit."""
