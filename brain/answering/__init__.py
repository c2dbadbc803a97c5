"""From a question to an answer out of the knowledge, or to what keeps it from being given."""
