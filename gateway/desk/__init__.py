"""The desk: what staff see of conversations and what they do in them."""
