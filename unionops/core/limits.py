"""How many requests one address may send: sign-in, reset, public forms. The lock-out of an account is in ``accounts``."""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, default_limits=["1200 per minute"], headers_enabled=True)


def init_app(app: Flask) -> None:
    limiter.init_app(app)
