"""Papers: Typst templates and the fonts they are set in. See docs/papers.md."""
