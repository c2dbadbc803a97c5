"""The one way out to addresses that somebody typed or a page named."""
