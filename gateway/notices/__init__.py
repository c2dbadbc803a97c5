"""What the gateway itself says, in which language and in whose words."""
