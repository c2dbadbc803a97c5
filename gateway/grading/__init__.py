"""Grades the brain on labelled questions."""
