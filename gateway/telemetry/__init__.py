"""What the process says about itself: logs, figures and spans."""
