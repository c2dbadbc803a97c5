"""Files and pages of every kind become documents; hostile ones are parsed in a process apart."""
