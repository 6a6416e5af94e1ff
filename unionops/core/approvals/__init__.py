"""Approvals: one mechanism of chains (secretary-general → president → body) for every area, with delegation while somebody is away.

Areas register their chains (``registry``) and ask (``services.ask``). Who may decide is said by ``rules`` alone.
"""
