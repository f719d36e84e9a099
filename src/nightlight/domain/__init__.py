"""What safeguarding facts mean: people, chronology, views, clocks, duties, protection.

Pure Python: no Django, no database, no network, and no clock of its own (time is passed in).
"""
