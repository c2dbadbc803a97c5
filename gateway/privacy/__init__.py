"""What nobody should read by chance: finding it, and masking it."""
