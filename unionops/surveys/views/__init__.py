"""The screens of questionnaires: making them, entering paper, results, and the public form."""

from unionops.surveys.views import answering, entering, making, papers, people, results  # noqa: F401  Each adds its screens.
