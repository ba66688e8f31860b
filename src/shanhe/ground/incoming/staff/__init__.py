"""Sheets of people as offices keep them: read, looked up, planned, and written by the services of people."""
