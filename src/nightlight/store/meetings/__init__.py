"""Meetings and plans: their events, in order; drafts as they are typed; who was sent what; and what follows from them."""
