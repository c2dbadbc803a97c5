"""What leads change of the configuration on the desk, as versions."""
