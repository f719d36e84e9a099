"""What a web server loads. A database is started first where none is configured."""

from __future__ import annotations

from django.core.handlers.wsgi import WSGIHandler

from nightlight.config.boot import boot, collect_seldom

boot()
application = WSGIHandler()
collect_seldom(50_000)
