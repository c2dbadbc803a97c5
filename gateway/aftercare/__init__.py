"""What is done once a case has ended or a conversation is quiet: write-ups, ratings, the search."""
