"""How templates are compiled: once for each language, with their constant texts in it, and with quick look-ups in rows.

Owns Jinja's environment. Which words a text has in a language is :mod:`unionops.core.i18n`; what a page is given, ``pages``.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from functools import lru_cache, partial
from types import FunctionType, MethodType
from typing import Any

import flask
import jinja2
from flask.templating import Environment as FlaskEnvironment
from flask_babel import force_locale
from jinja2 import BaseLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from unionops.core.i18n import LOCALES, _in_template, language

_OF_EVERY_DICT = frozenset(dir(dict))


def render(name: str, /, **context: Any) -> str:
    """The template as it was compiled for the reader's language."""
    return flask.render_template(f"{language()}/{name}", **context)


def init_app(app: flask.Flask) -> None:
    """Before anything touches the templates of the app."""
    app.jinja_environment = Environment  # type: ignore[assignment]
    assert app.jinja_env.loader is not None
    app.jinja_env.loader = _Loader(app.jinja_env.loader)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(drawn_once=drawn_once, tuple=tuple, zip=zip)


@lru_cache(maxsize=500)
def drawn_once(macro: Macro, *given: Any) -> str:
    """What a macro of the components makes of these values, kept for the next page that gives it equal ones.

    For parts that many pages repeat: the navigation, the choices of a filter. The macro may ask for nothing but its values, and
    they must be tuples all the way down; each language has macros of its own.
    """
    made: str = macro(*given)
    return made


def _language_of(name: str | None) -> str | None:
    before, slash, _rest = (name or "").partition("/")
    return before if slash and before in LOCALES else None


class _Loader(BaseLoader):
    """``en/errors/404.html`` is ``errors/404.html``, to be compiled with its texts in English; without a language they are looked up each time."""

    def __init__(self, plain: BaseLoader) -> None:
        self.plain = plain

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        told = _language_of(template)
        return self.plain.get_source(environment, template.removeprefix(f"{told}/") if told else template)


class _Translated(NodeTransformer):
    """Puts what ``_("…")`` says in one language where the call stood, unless figures are filled in or it is no constant."""

    def __init__(self, language: str) -> None:
        self.language = language

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        match node:
            case nodes.Call(node=nodes.Name(name="_"), args=[nodes.Const(value=str(text))], kwargs=[], dyn_args=None, dyn_kwargs=None):
                with force_locale(self.language):
                    return nodes.TemplateData(str(_in_template(text)), lineno=node.lineno)
        return self.generic_visit(node)


class _CodeGenerator(CodeGenerator):
    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        told = _language_of(self.name)
        super().visit_Template(_Translated(told).visit(node) if told else node, frame)
        self.writeline("from unionops.core.templates import escaped as escape")


def escaped(value: Any) -> str:
    """``markupsafe.escape`` as the templates call it for every piece they print: what needs no escaping is not wrapped anew."""
    kind = type(value)
    return value if kind is Markup or (kind is str and value.isalnum()) else escape(value)


class _Context(Context):
    def call(self, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        # Jinja looks at everything that is called whether it wants the context. Macros and plain functions, which are called most, do not.
        kind = type(obj)
        if kind is not Macro and (kind not in (FunctionType, MethodType, partial) or hasattr(obj, "jinja_pass_arg")):
            return super().call(obj, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return obj(*args, **kwargs)


class Environment(FlaskEnvironment):
    code_generator_class = _CodeGenerator
    context_class = _Context

    def join_path(self, template: str, parent: str) -> str:
        """What a template extends or takes its macros from is of its own language."""
        told = _language_of(parent)
        return f"{told}/{template}" if told else template

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        # No template has globals of its own, and those of all in one dict are compared at each import far quicker than in Jinja's chain.
        return super().make_globals(d) if d else self.globals

    def getattr(self, obj: Any, attribute: str) -> Any:
        # As in Jinja; but most things in a list are dicts, and to look for an attribute first, an exception for every cell, is dear.
        if type(obj) is dict and attribute not in _OF_EVERY_DICT:
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        try:
            return getattr(obj, attribute)
        except AttributeError:
            return super().getattr(obj, attribute)
