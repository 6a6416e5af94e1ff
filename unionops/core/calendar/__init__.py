"""The office's clock: deadlines of every area with their reasons, reminders, appointments, and a private feed of them for each person."""
