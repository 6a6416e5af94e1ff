"""What happens by the clock and what takes long: jobs, the one scheduler, background tasks with progress."""
