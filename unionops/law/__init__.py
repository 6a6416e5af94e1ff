"""What the law says on a given day: dated parameters, counting of periods, limits, and the reasons for each answer.

Pure: knows neither Flask nor the database nor the clock. ``law.at(day)["nhi.rate"]`` is the figure in force on a day.
"""

from unionops.law.parameters import at

__all__ = ["at"]
