"""The union's money in double entry: the chart of accounts, vouchers, closed months. Every area that moves money posts here."""
