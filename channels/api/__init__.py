"""The generic API channel: any program may be one, over signed HTTP in both directions."""
