"""Worker processes: jobs by name, and what is done every few seconds."""
