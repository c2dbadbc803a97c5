"""What can write an answer from passages."""
