"""The addresses of oversight: what was unusual, one's own access, and copies for whom a record is about."""

from __future__ import annotations

from django.urls import path

from nightlight.web.views import erasures, oversight, subject, subject_time

urlpatterns = [
    path("access/unusual", oversight.unusual, name="unusual"),
    path("access/unusual/near", oversight.near, name="unusual_near"),
    path("access/unusual/public", oversight.public, name="unusual_public"),
    path("access/unusual/<uuid:finding>", oversight.finding, name="unusual_one"),
    path("my-access", oversight.mine, name="my_access"),
    path("my-access/csv", oversight.mine_csv, name="my_access_csv"),
    path("my-access/near", oversight.say_near, name="my_near"),
    path("my-access/near/<uuid:near_id>/end", oversight.end_near, name="my_near_end"),
    path("access/erased", erasures.erasures, name="erasures"),
    path("access/copies", subject.copies, name="copies"),
    path("access/copies/<uuid:request_id>", subject.one, name="copy_request"),
    path("access/copies/<uuid:request_id>/preview", subject.preview, name="copy_preview"),
    path("access/copies/<uuid:request_id>/longer", subject_time.longer, name="copy_longer"),
    path("access/copies/<uuid:request_id>/close", subject.close, name="copy_close"),
    path("access/copies/<uuid:request_id>/files/<uuid:file_id>", subject.file, name="copy_file"),
    path("access/copies/made/<uuid:copy_id>", subject.made, name="copy_made"),
    path("children/<uuid:child_id>/looked/copy", oversight.looked_copy, name="looked_copy"),
]
