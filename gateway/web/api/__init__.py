"""The admin API: a file for each subject."""
