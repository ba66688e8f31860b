"""Jobs whose results are papers in the reader's words, which only a face can say."""

from shanhe.faces.office.sheets_made import SHEETS_JOB

__all__ = ["SHEETS_JOB"]
