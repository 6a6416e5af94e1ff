"""Questionnaires of any area: questions, answers on paper or by link, statistics."""
