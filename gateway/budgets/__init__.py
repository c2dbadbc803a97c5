"""What asking models may cost: caps of a day, what was set aside and what was spent."""
