"""Safety scores: each gives theirs before they see another's; then all stand side by side, the lowest first.

Never one number made of several: nothing here adds them up or takes their middle, and a test reads this file to see
that it stays so. What matters is who is most worried, and why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nightlight.domain.meetings.rows import MeetingRows, rows_in_use
from nightlight.domain.meetings.state import Meeting, Participant, Score


@dataclass(frozen=True, slots=True)
class Scores:
    """What one person may see of the scores for one child.

    shown: whether all may be seen. scores: those that may, the lowest first. missing: who has not given theirs.
    """

    shown: bool
    scores: tuple[Score, ...]
    missing: tuple[str, ...]

    @property
    def lowest(self) -> tuple[Score, ...]:
        """The lowest score, with its reason; several where several people gave it. Only once all are shown."""
        return tuple(s for s in self.scores if self.shown and s.score == self.scores[0].score)

    @property
    def spread(self) -> tuple[int, int] | None:
        """The lowest and the highest; None while they are not shown, or there are none."""
        return (self.scores[0].score, self.scores[-1].score) if self.shown and self.scores else None

    def words(self) -> str:
        """The lowest and the spread, in a sentence.

        >>> from datetime import datetime, UTC
        >>> two = (Score(person="p1", score=0, reason="She could die.", at=datetime(2026, 11, 20, tzinfo=UTC)),
        ...        Score(person="p2", score=6, reason="Attends.", at=datetime(2026, 11, 20, tzinfo=UTC)))
        >>> Scores(True, two, ()).words()
        'The lowest is 0: She could die. The scores go from 0 to 6; 2 people gave one.'
        """
        if not self.shown:
            return f"Scores are shown once everybody has given theirs; {len(self.missing)} to come."
        if not self.scores:
            return "Nobody has given a score."
        reasons = " ".join(s.reason.strip().rstrip(".") + "." for s in self.lowest)
        low, high = self.scores[0].score, self.scores[-1].score
        spread = f"The scores go from {low} to {high}" if low != high else f"All scores are {low}"
        many = "1 person" if len(self.scores) == 1 else f"{len(self.scores)} people"
        return f"The lowest is {low}: {reasons} {spread}; {many} gave one."


def expected(meeting: Meeting, rows: MeetingRows | None = None) -> tuple[Participant, ...]:
    """Whoever gives a score: all who came, and all who were asked and have not sent apologies.

    Somebody who is only late is waited for: whoever came first must not be shown to be alone in their worry, nor be
    seen by those who have not spoken. The chair may show the scores without them, and they are named.
    """
    known = rows or rows_in_use()
    return tuple(p for p in meeting.participants.values() if known.part(p.part).scores and _is_awaited(p))


def _is_awaited(participant: Participant) -> bool:
    return participant.is_here if participant.came else not participant.apologies


def of_whom(meeting: Meeting) -> tuple[str, ...]:
    """For which children scores are given: for each of several their own, since one may be safe where another is not.

    The empty name stands for the child of a meeting about one; and for all, in a meeting that was scored so before.
    """
    children, scored = meeting.called.children, {child for _, child in meeting.scores}
    if "" not in scored and (len(children) > 1 or scored.intersection(children)):
        return children
    return ("",)


def missing(meeting: Meeting, child: str = "", rows: MeetingRows | None = None) -> tuple[str, ...]:
    """Who has not given their score for this child."""
    return tuple(p.person for p in expected(meeting, rows) if (p.person, child) not in meeting.scores)


def still_to_come(meeting: Meeting, rows: MeetingRows | None = None) -> tuple[str, ...]:
    """Who has not given their score for every child."""
    without = {person for child in of_whom(meeting) for person in missing(meeting, child, rows)}
    return tuple(p.person for p in expected(meeting, rows) if p.person in without)


def are_shown(meeting: Meeting, child: str = "", rows: MeetingRows | None = None) -> bool:
    """Whether everybody may see all scores. Once shown, they stay so."""
    if meeting.scores_shown is not None or child in meeting.scores_complete:
        return True
    return child in of_whom(meeting) and is_complete(meeting, rows)


def is_complete(meeting: Meeting, rows: MeetingRows | None = None) -> bool:
    """Whether each who gives a score has given it, for every child: what is said of one child is not shown to those who
    have yet to speak of their brother. One alone is never all: others may still be on their way."""
    of = [child for _, child in meeting.scores]
    return all(of.count(child) > 1 and not missing(meeting, child, rows) for child in of_whom(meeting))


def visible(meeting: Meeting, to: str, child: str = "", rows: MeetingRows | None = None) -> Scores:
    """What this person may see: all once they are shown; before that their own, and those they typed for others."""
    shown = are_shown(meeting, child, rows)
    of_child = (s for (_, of), s in meeting.scores.items() if of == child)
    seen = of_child if shown else (s for s in of_child if to in (s.person, s.by))
    return Scores(shown, _lowest_first(seen), missing(meeting, child, rows))


def _lowest_first(scores: Iterable[Score]) -> tuple[Score, ...]:
    return tuple(sorted(scores, key=lambda s: (s.score, s.at, s.person)))
