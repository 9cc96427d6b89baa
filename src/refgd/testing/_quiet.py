"""The variable that says where Hypothesis keeps its files: not among the user's."""

STORAGE = "HYPOTHESIS_STORAGE_DIRECTORY"
