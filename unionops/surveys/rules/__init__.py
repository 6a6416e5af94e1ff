"""What decides about questionnaires without knowing where they are kept: what an answer may be, the figures, what stays hidden."""
