"""The one error that the bed's commands report: a sentence that says what to do."""


class BedError(Exception):
    """An expected failure; its text is all the user sees."""
