"""Ways to reach a person outside the pages: adapters for text messages."""
