"""Looking over articles: what contradicts, is out of date, or would not work."""
