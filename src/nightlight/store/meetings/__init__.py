"""Meetings and plans: their events, drafts as they are typed; who was sent what; and what is drawn from them."""
