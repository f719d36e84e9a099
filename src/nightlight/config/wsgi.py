"""What a web server loads. A database is started first where none is configured."""

from __future__ import annotations

from django.core.handlers.wsgi import WSGIHandler

from nightlight.config.boot import boot, ready_to_serve

boot()
application = WSGIHandler()
ready_to_serve()
