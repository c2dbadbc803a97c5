"""The Discord channel: the gateway on one node, REST on all. Its modules name the SDK ``discord``
absolutely; the folder only shares that word."""
