"""What stands on the papers of the membership, one module for each part of it. How papers are made and sent is ``core.documents``."""
