"""What belongs to the demo alone: its articles, and its shop's own system."""
