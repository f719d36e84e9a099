"""One module a group of pages. A view reads the request, calls one action, and renders; it decides nothing."""
