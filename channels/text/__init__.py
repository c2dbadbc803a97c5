"""Text for platforms: Markdown in, each platform's own dialect out. Imports nothing."""
