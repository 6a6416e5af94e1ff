"""Private feeds: made and revoked by their owner, read by his calendars."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import sqlalchemy as sa
from flask import Response, abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.addresses import public_address
from unionops.core.calendar import forms, ics, queries, services
from unionops.core.calendar.models import FeedKey
from unionops.core.calendar.views.area import area
from unionops.core.db import db, durable
from unionops.core.i18n import _, _l
from unionops.core.limits import limiter
from unionops.core.pages import page
from unionops.core.screens import PUBLIC, SIGNED_IN

NOTED_EVERY = timedelta(minutes=10)
"""That a feed was read is written down at most so often."""


@area.screen("/feeds", title=_l("行事曆訂閱"), permission=SIGNED_IN, parent="calendar.deadlines", methods=["GET", "POST"], once=True)
def feeds():
    form = forms.FeedForm()
    if form.validate_on_submit():
        _key, token = services.make_feed(current_user._get_current_object(), name=form.name.data)
        # Shown in the answer itself, once; a redirect would have to keep the token somewhere.
        response = page("calendar/feed_made.html", name=form.name.data, address=public_address("calendar.feed", token=token))
        response.headers["Cache-Control"] = "no-store"
        return response
    return page("calendar/feeds.html", form=form, keys=queries.feeds(current_user))


@area.screen("/feeds/<int:feed_id>/revoke", title=_l("停用訂閱"), permission=SIGNED_IN, parent="calendar.feeds", methods=["POST"], exact=True)
def revoke_feed(feed_id: int):
    services.revoke_feed(queries.feed_for(current_user, feed_id), now=clock.now())
    flash(_("已停用。用這個網址的行事曆不會再更新。"), "success")
    return redirect(url_for(".feeds"))


@area.screen("/feed/<token>.ics", title=_l("行事曆訂閱內容"), permission=PUBLIC, exact=True)
@limiter.limit("60 per minute", override_defaults=False)
def feed(token: str):
    """Whoever guesses learns nothing: unknown, revoked and somebody's who has left are all the same 404 after the same work."""
    now = clock.now()
    key = db.session.scalar(sa.select(FeedKey).where(FeedKey.token_hash == services.fingerprint(token)))
    if key is None or key.revoked_at is not None or not key.user.is_active:
        abort(404)
    content, changed = ics.feed(key.user, now)
    if key.last_read_at is None or key.last_read_at < now - NOTED_EVERY:
        with durable() as own:
            own.execute(sa.update(FeedKey).where(FeedKey.id == key.id).values(last_read_at=now))
    response = Response(content, mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'inline; filename="unionops.ics"'
    response.headers["X-Robots-Tag"] = "noindex"
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    response.last_modified = changed
    return response.make_conditional(request)
