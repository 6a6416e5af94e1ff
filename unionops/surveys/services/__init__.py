"""What is done to questionnaires: making and changing them, asking people, and taking their answers.

Other areas call ``make_for``; the parts are ``making`` and ``answering``.
"""

from unionops.surveys.services.making import make, make_for

__all__ = ["make", "make_for"]
