"""What came of the cases of some time, and what that took."""
