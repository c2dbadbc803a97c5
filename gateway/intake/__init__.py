"""The one door for events: stored with their cursor in one unit, acknowledged only then."""
