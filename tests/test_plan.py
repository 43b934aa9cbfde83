"""Planning and carrying out what is written on issues, on a tracker in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import ANN, BOB, LENA, MONDAY, OFFICE, Comment, Issue, MemoryPosts, Stop, case, finding, run_once
from ownership_audit.calendars import Calendar, Duration
from ownership_audit.document import Document, Paragraph, Text
from ownership_audit.errors import TrackerError, UnknownWriteError, WriteError
from ownership_audit.finding import Finding, Party
from ownership_audit.reconcile.apply import apply, is_done
from ownership_audit.reconcile.plan import plan, plan_retraction
from ownership_audit.reconcile.settings import Actions, Marks, Wording
from ownership_audit.reconcile.steps import Case, Plan
from ownership_audit.trackers.marker import MOVED, OPEN, SETTLED, Marker, Told
from ownership_audit.trackers.posts import Posted, Standing

FREE = Actions(
    most_writes=None, most_per_issue=None, most_per_person=None, cool_down=Duration.ZERO, working_hours=False
)
DAY = timedelta(days=1)


def free(**changes: Any) -> Actions:
    """No limits but those given."""
    given = {"most_writes": None, "most_per_issue": None, "most_per_person": None}
    return Actions(**{**given, "cool_down": Duration.ZERO, "working_hours": False, **changes})


def posts() -> MemoryPosts:
    return MemoryPosts({"WEB-1": Issue()})


def words(comment: Comment) -> str:
    return comment.document.plain()


def kinds(tracker: MemoryPosts, actions: Actions, now: datetime, *cases: Case) -> list[str]:
    made, result = run_once(tracker, actions, now, *cases)
    assert result.failed == []
    assert result.writes == len(made.steps)
    return [step.kind for step in made.steps]


# ---------------------------------------------------------------- one comment


def test_a_new_finding_is_told_once_and_the_same_says_nothing() -> None:
    tracker = posts()
    assert kinds(tracker, FREE, MONDAY, case([finding()])) == ["comment"]
    assert kinds(tracker, FREE, MONDAY, case([finding()])) == []
    assert kinds(tracker, FREE, MONDAY + 30 * DAY, case([finding()])) == []
    (comment,) = tracker.issues["WEB-1"].comments
    assert comment.marker.findings == {"f1": Told("unacknowledged", "warning", "ann")}
    assert "@Ann Lee: Assigned, and no sign that it was noticed (since 23 February)." in words(comment)


def test_changed_words_are_edited_in_place() -> None:
    tracker = posts()
    kinds(tracker, FREE, MONDAY, case([finding()]))
    later = finding(title="Still nothing", severity="error", rule="its-next-stage")
    assert kinds(tracker, FREE, MONDAY + DAY, case([later])) == ["edit"]
    (comment,) = tracker.issues["WEB-1"].comments
    assert "Still nothing" in words(comment)
    assert comment.created == MONDAY
    own = free(wordings={"its-next-stage": Wording(says="$who, please look.")})
    assert kinds(tracker, own, MONDAY + DAY, case([later])) == ["edit"]
    assert "Ann Lee, please look." in words(comment)


def test_one_finding_less_is_an_edit_too() -> None:
    tracker = posts()
    kinds(tracker, FREE, MONDAY, case([finding("f1"), finding("f2", title="Another")]))
    assert kinds(tracker, FREE, MONDAY + DAY, case([finding("f1")])) == ["edit"]
    (comment,) = tracker.issues["WEB-1"].comments
    assert set(comment.marker.findings) == {"f1"}
    assert "Another" not in words(comment)


@pytest.mark.parametrize("news", [finding("f2"), finding("f1", owed_by=BOB)], ids=["episode", "addressee"])
def test_news_gets_a_new_comment_and_the_old_one_becomes_one_line(news: Finding) -> None:
    tracker = posts()
    kinds(tracker, FREE, MONDAY, case([finding()]))
    assert kinds(tracker, FREE, MONDAY + DAY, case([news])) == ["comment", "edit"]
    old, new = tracker.issues["WEB-1"].comments
    assert (old.marker.state, words(old)) == (MOVED, "See the newer note below.")
    assert old.document.mentions == ()
    assert new.document.mentions == (news.owed_by.id,)
    assert kinds(tracker, FREE, MONDAY + DAY, case([news])) == []


def test_what_is_met_is_taken_back_with_what_settled_it() -> None:
    tracker = posts()
    kinds(tracker, FREE, MONDAY, case([finding()]))
    gone = {"f1": "Ann Lee wrote a comment on 3 March 2026"}
    assert kinds(tracker, FREE, MONDAY + DAY, case(gone=gone)) == ["edit"]
    (comment,) = tracker.issues["WEB-1"].comments
    assert comment.marker.state == SETTLED
    assert words(comment) == "Settled: Ann Lee wrote a comment on 3 March 2026."
    assert comment.document.mentions == ()
    assert kinds(tracker, FREE, MONDAY + 2 * DAY, case(gone=gone)) == []
    assert kinds(tracker, FREE, MONDAY + 3 * DAY, case([finding("f2")], gone=gone)) == ["comment"]


def test_without_a_reason_it_says_so() -> None:
    tracker = posts()
    kinds(tracker, FREE, MONDAY, case([finding()]))
    kinds(tracker, FREE, MONDAY + DAY, case())
    assert words(tracker.issues["WEB-1"].comments[0]) == "Settled: it no longer applies."


def test_what_is_settled_can_be_deleted_with_what_points_to_it() -> None:
    tracker, actions = posts(), free(delete_settled=True)
    kinds(tracker, actions, MONDAY, case([finding()]))
    kinds(tracker, actions, MONDAY + DAY, case([finding("f2")]))
    assert kinds(tracker, actions, MONDAY + 2 * DAY, case()) == ["delete", "delete"]
    assert tracker.issues["WEB-1"].comments == []


def test_an_answered_comment_is_never_deleted_as_the_answer_is_about_it() -> None:
    tracker, actions = posts(), free(delete_settled=True)
    asked = {"f1": "Ann Lee answered \u201csnooze 2w\u201d on 2 March 2026, until 16 March 2026"}
    kinds(tracker, actions, MONDAY, case([finding()]))
    assert kinds(tracker, actions, MONDAY, case([finding()], dismissed=asked)) == ["edit"]
    (comment,) = tracker.issues["WEB-1"].comments
    assert words(comment) == f"Left alone: {asked['f1']}."
    assert set(comment.marker.findings) == {"f1"}
    assert kinds(tracker, actions, MONDAY + DAY, case([finding()], dismissed=asked)) == []
    # The snooze is over: it is told again.
    assert kinds(tracker, actions, MONDAY + 15 * DAY, case([finding()])) == ["comment"]
    # A note that points on keeps an answer as well.
    both = [finding(), finding("f2")]
    kinds(tracker, actions, MONDAY + 16 * DAY, case(both, dismissed=asked))
    kinds(tracker, actions, MONDAY + 17 * DAY, case(dismissed=asked))
    states = [comment.marker.state for comment in tracker.issues["WEB-1"].comments]
    assert states == [SETTLED, MOVED]


def test_what_could_not_be_judged_stays_as_it_is() -> None:
    tracker = posts()
    actions = free(property=True, marks={"warning": Marks(("late",), (), True)})
    kinds(tracker, actions, MONDAY, case([finding()]))
    made, _ = run_once(tracker, actions, MONDAY + DAY, case(unjudged=frozenset({"unacknowledged"})))
    assert made.steps == ()
    assert [held.why for held in made.held] == [
        "a rule could not be judged this time, so its comment stays as it is"
    ]
    made, _ = run_once(
        tracker, actions, MONDAY + DAY, case([finding("f2")], unjudged=frozenset({"unacknowledged"}))
    )
    assert made.steps == ()
    assert kinds(tracker, FREE, MONDAY + DAY, case(unjudged=frozenset({"another"})))[-1] == "edit"


def test_what_is_dismissed_is_taken_back_though_it_could_not_be_judged() -> None:
    tracker = posts()
    kinds(tracker, FREE, MONDAY, case([finding()]))
    asked = case(unjudged=frozenset({"unacknowledged"}), dismissed={"f1": "Ann Lee answered"})
    assert kinds(tracker, FREE, MONDAY, asked) == ["edit"]


def test_twins_of_two_runs_become_one_again_and_keep_the_older() -> None:
    tracker = posts()
    kinds(tracker, FREE, MONDAY, case([finding()]))
    (comment,) = tracker.issues["WEB-1"].comments
    for number in (1, 2):
        twin = Comment(f"twin{number}", MONDAY + number * DAY, comment.document, comment.marker)
        tracker.issues["WEB-1"].comments.append(twin)
    assert kinds(tracker, FREE, MONDAY + 3 * DAY, case([finding()])) == ["delete", "delete"]
    assert tracker.issues["WEB-1"].comments == [comment]


def test_of_different_comments_the_last_one_counts() -> None:
    tracker = posts()
    kinds(tracker, FREE, MONDAY, case([finding()]))
    old = tracker.issues["WEB-1"].comments[0]
    kinds(tracker, FREE, MONDAY + DAY, case([finding("f2")]))
    new = tracker.issues["WEB-1"].comments[1]
    again = posts()  # the run was stopped between its two writes, twice
    first = old.marker.__class__(OPEN, {"f1": Told("unacknowledged", "warning", "ann")}, "other")
    again.issues["WEB-1"].comments = [
        Comment("a", MONDAY, old.document, first),
        Comment("b", MONDAY + DAY, new.document, new.marker),
        Comment("c", MONDAY + 2 * DAY, old.document, first),
        Comment("d", MONDAY + 3 * DAY, new.document, new.marker),
    ]
    kinds(again, FREE, MONDAY + 4 * DAY, case([finding("f2")]))
    assert [c.marker.state for c in again.issues["WEB-1"].comments] == [MOVED, MOVED, MOVED, OPEN]


def test_a_settled_comment_is_left_alone() -> None:
    tracker = posts()
    kinds(tracker, FREE, MONDAY, case([finding()]))
    kinds(tracker, FREE, MONDAY, case())
    before = tracker.writes
    for day in range(9):
        assert kinds(tracker, FREE, MONDAY + day * DAY, case()) == []
    assert tracker.writes == before


def test_where_nothing_may_be_written_nothing_is() -> None:
    made = plan([case([finding()], Standing(writable="customers might read it"))], FREE, MONDAY)
    assert made.steps == ()
    assert [(held.key, held.why) for held in made.held] == [("WEB-1", "customers might read it")]


# ---------------------------------------------------------------- what is worth telling


@pytest.mark.parametrize(
    ("actions", "changes", "told"),
    [
        ({}, {"severity": "info"}, False),
        ({"comment": "info"}, {"severity": "info"}, True),
        ({"comment": "error"}, {}, False),
        ({"comment": None}, {"severity": "error"}, False),
        ({}, {"experimental": True}, False),
        ({"experimental": True}, {"experimental": True}, True),
        ({"only": frozenset({"unowned"})}, {}, False),
        ({"only": frozenset({"unacknowledged"})}, {}, True),
        ({}, {"status": "met late"}, False),
        ({}, {"status": "ended"}, False),
    ],
)
def test_what_is_told(actions: dict[str, Any], changes: dict[str, Any], told: bool) -> None:
    made = plan([case([finding(**changes)])], free(**actions), MONDAY)
    assert bool(made.steps) == told


def test_a_dismissing_label_takes_the_comment_back() -> None:
    tracker, actions = posts(), free(dismiss_labels=frozenset({"no-audit"}))
    kinds(tracker, actions, MONDAY, case([finding()]))
    tracker.issues["WEB-1"].labels.add("no-audit")
    assert kinds(tracker, actions, MONDAY, case([finding()])) == ["edit"]
    assert words(tracker.issues["WEB-1"].comments[0]) == "Left alone: it has the label no-audit."
    assert kinds(tracker, actions, MONDAY + DAY, case([finding()])) == []


# ---------------------------------------------------------------- limits


def many(count: int, **changes: Any) -> list[Case]:
    return [
        case([finding(f"f{n}", issue=f"WEB-{n}", **changes)], key=f"WEB-{n}") for n in range(1, count + 1)
    ]


def test_a_plan_beyond_its_limit_is_refused_before_the_first_write() -> None:
    tracker = MemoryPosts({f"WEB-{n}": Issue() for n in range(1, 5)})
    assert plan(many(3), free(most_writes=3), MONDAY).exceeds is None
    made = plan(many(4), free(most_writes=3), MONDAY)
    assert made.exceeds == 3
    with pytest.raises(WriteError, match=r"4 writes, more than 3; nothing was written"):
        apply(made, tracker, lambda step, outcome: None)
    assert tracker.writes == 0


def test_an_issue_gets_so_many_comments_a_week() -> None:
    tracker, actions = posts(), free(most_per_issue=2)
    assert kinds(tracker, actions, MONDAY, case([finding("f1")])) == ["comment"]
    assert kinds(tracker, actions, MONDAY + DAY, case([finding("f2")])) == ["comment", "edit"]
    made, _ = run_once(tracker, actions, MONDAY + 2 * DAY, case([finding("f2"), finding("f3")]))
    assert (made.steps, made.held[0].why) == ((), "it had 2 comments within a week")
    assert kinds(tracker, actions, MONDAY + 7 * DAY, case([finding("f2"), finding("f3")])) == [
        "comment",
        "edit",
    ]


def test_a_person_is_addressed_so_often_a_week_and_the_gravest_come_first() -> None:
    tracker = MemoryPosts({f"WEB-{n}": Issue() for n in range(1, 9)})
    cases = many(7)
    cases.append(case([finding("f8", issue="WEB-8", severity="error")], key="WEB-8"))
    made, _ = run_once(tracker, free(most_per_person=3), MONDAY, *cases)
    assert made.keys == ("WEB-8", "WEB-1", "WEB-2")
    assert {held.why for held in made.held} == {"Ann Lee was addressed 3 times within a week"}
    assert kinds(tracker, free(most_per_person=3), MONDAY + 6 * DAY, *cases) == []
    assert kinds(tracker, free(most_per_person=3), MONDAY + 7 * DAY, *cases) == ["comment"] * 3
    others = many(2, owed_by=BOB)
    assert len(plan(others, free(most_per_person=3), MONDAY).steps) == 2


def test_a_comment_that_is_settled_was_still_one_that_week() -> None:
    settled = Standing((Posted("1", MONDAY, Marker(SETTLED, {"f9": Told("a", "error", "ann")}, "")),))
    cases = [case(standing=settled, key="WEB-9"), case([finding()])]
    assert plan(cases, free(most_per_person=1), MONDAY + DAY).steps == ()


def test_the_cool_down_is_working_time() -> None:
    tracker, actions = posts(), free(cool_down=Duration.parse("1 working day"))
    friday = MONDAY + 4 * DAY
    kinds(tracker, actions, friday, case([finding()]))
    for hours, count in ((24, 0), (48, 0), (71, 0), (72, 2)):  # Saturday, Sunday, Monday 9:00, Monday 10:00
        made, _ = run_once(
            tracker, actions, friday + timedelta(hours=hours), case([finding("f2"), finding()])
        )
        assert len(made.steps) == count, hours


def test_a_comment_waits_for_the_hours_of_the_one_it_is_for_and_of_nobody_else() -> None:
    tokyo = Calendar(zone="Asia/Tokyo")
    actions = free(working_hours=True)
    mine = {"calendars": {"ann": tokyo, "bob": OFFICE}}
    made = plan([case([finding()], **mine)], actions, MONDAY)
    assert made.held[0].why == "it is outside the working hours of Ann Lee"
    assert len(plan([case([finding(owed_by=BOB)], **mine)], actions, MONDAY).steps) == 1
    assert len(plan([case([finding()], **mine)], actions, MONDAY - timedelta(hours=9)).steps) == 1
    away = OFFICE.with_absences(OFFICE.absences_of_days([(date(2026, 3, 2), date(2026, 3, 4))]))
    cases = [case([finding()], calendars={"ann": away, "lena": away}, lead=LENA)]
    assert plan(cases, actions, MONDAY + 2 * DAY).steps == ()
    assert len(plan(cases, actions, MONDAY + 3 * DAY).steps) == 1
    # Where nobody is named, the project's hours count.
    nobody = [case([finding(owed_by=Party("lead"))])]
    assert (
        plan(nobody, actions, MONDAY + 5 * DAY).held[0].why
        == "it is outside the working hours of the project"
    )
    assert len(plan(nobody, actions, MONDAY).steps) == 1


def test_people_who_are_never_at_work_together_are_not_waited_for() -> None:
    tokyo, actions = Calendar(zone="Asia/Tokyo"), free(working_hours=True)
    both = [finding(), finding("f2", owed_by=BOB)]
    assert len(plan([case(both, calendars={"ann": tokyo})], actions, MONDAY).steps) == 1
    late = Calendar(zone="UTC", hours=dict.fromkeys(range(5), ((12 * 60, 20 * 60),)))
    assert plan([case(both, calendars={"ann": late})], actions, MONDAY).steps == ()
    night = MONDAY + timedelta(hours=9)
    assert plan([case(both, calendars={"ann": tokyo})], actions, night).steps == ()


def test_what_waits_says_so_while_the_old_comment_keeps_to_what_is_still_true() -> None:
    tracker, actions = posts(), free(cool_down=Duration.parse("5 working days"))
    kinds(tracker, actions, MONDAY, case([finding("f1"), finding("f2")]))
    made, _ = run_once(tracker, actions, MONDAY + DAY, case([finding("f1"), finding("f3")]))
    assert [step.kind for step in made.steps] == ["edit"]
    assert made.held[0].why == "the last comment is not 5 working days old"
    (comment,) = tracker.issues["WEB-1"].comments
    assert set(comment.marker.findings) == {"f1"}
    # Nothing it says is true any more: it goes at once, the news waits.
    made, _ = run_once(
        tracker, actions, MONDAY + DAY, case([finding("f3")], gone={"f1": "Ann Lee took it on 3 March 2026"})
    )
    assert words(comment) == "Settled: Ann Lee took it on 3 March 2026."
    assert len(made.held) == 1


def test_what_was_passed_on_and_must_wait_asks_the_former_owner_no_longer() -> None:
    tracker, actions = posts(), free(cool_down=Duration.parse("5 working days"))
    kinds(tracker, actions, MONDAY, case([finding()]))
    run_once(tracker, actions, MONDAY + DAY, case([finding(owed_by=BOB)]))
    assert words(tracker.issues["WEB-1"].comments[0]) == "Settled: it is somebody else's turn now."
    assert kinds(tracker, actions, MONDAY + 7 * DAY, case([finding(owed_by=BOB)])) == ["comment"]


def test_a_settled_comment_that_news_waits_after_is_deleted_with_the_next_one() -> None:
    tracker, actions = posts(), free(cool_down=Duration.parse("5 working days"), delete_settled=True)
    kinds(tracker, actions, MONDAY, case([finding()]))
    assert kinds(tracker, actions, MONDAY + DAY, case([finding("f2")])) == ["edit"]
    assert kinds(tracker, actions, MONDAY + DAY, case([finding("f2")])) == []
    assert kinds(tracker, actions, MONDAY + 8 * DAY, case([finding("f2")])) == ["comment"]
    kinds(tracker, actions, MONDAY + 9 * DAY, case())
    assert tracker.issues["WEB-1"].comments == []


# ---------------------------------------------------------------- escalation


def test_the_lead_is_told_as_well_after_working_time_and_nobody_else() -> None:
    tracker, actions = posts(), free(escalate_after=Duration.parse("5 working days"))
    one = finding()  # due long ago: who owes is told first, and has the time from then on
    kinds(tracker, actions, MONDAY, case([one], lead=LENA))
    assert tracker.issues["WEB-1"].comments[-1].document.mentions == ("ann",)
    assert kinds(tracker, actions, MONDAY + 6 * DAY, case([one], lead=LENA)) == []  # Sunday
    assert kinds(tracker, actions, MONDAY + 7 * DAY, case([one], lead=LENA)) == ["comment", "edit"]
    last = tracker.issues["WEB-1"].comments[-1]
    assert last.document.mentions == ("ann", "lena")
    assert last.marker.findings["f1"].also == "lena"
    assert kinds(tracker, actions, MONDAY + 30 * DAY, case([one], lead=LENA)) == []
    # A new owner has the time again.
    assert kinds(tracker, actions, MONDAY + 31 * DAY, case([finding(owed_by=BOB)], lead=LENA)) != []
    assert tracker.issues["WEB-1"].comments[-1].document.mentions == ("bob",)


@pytest.mark.parametrize("lead", [None, Party("lead", "Ann Lee", "ann"), Party("lead", "Ghost")])
def test_without_another_lead_nothing_is_escalated(lead: Party | None) -> None:
    tracker, actions = posts(), free(escalate_after=Duration.parse("1 working day"))
    kinds(tracker, actions, MONDAY, case([finding()], lead=lead))
    assert kinds(tracker, actions, MONDAY + 30 * DAY, case([finding()], lead=lead)) == []


def test_a_lead_is_named_no_more_often_than_anybody() -> None:
    actions = free(escalate_after=Duration.parse("1 working day"), most_per_person=2)
    owners = [Party("owner", f"Owner {n}", f"o{n}") for n in range(5)]
    cases = [
        case([finding(f"f{n}", issue=f"WEB-{n}", owed_by=owner)], key=f"WEB-{n}", lead=LENA)
        for n, owner in enumerate(owners)
    ]
    tracker = MemoryPosts({one.key: Issue() for one in cases})
    run_once(tracker, actions, MONDAY, *cases)
    made, _ = run_once(tracker, actions, MONDAY + 7 * DAY, *cases)
    told = [step.document.mentions for step in made.steps if step.kind == "comment" and step.document]
    assert told == [("o0", "lena"), ("o1", "lena")]
    assert kinds(tracker, actions, MONDAY + 8 * DAY, *cases) == []
    assert kinds(tracker, actions, MONDAY + 14 * DAY, *cases) == ["comment", "edit"] * 2


def test_without_mentions_nobody_is_notified() -> None:
    tracker = posts()
    actions = free(mention=False, escalate_after=Duration.parse("1 working day"))
    for days in (0, 7):
        kinds(tracker, actions, MONDAY + days * DAY, case([finding()], lead=LENA))
        assert tracker.issues["WEB-1"].comments[-1].document.mentions == ()
    assert "Lena Lead" in words(tracker.issues["WEB-1"].comments[-1])
    assert "Ann Lee" in words(tracker.issues["WEB-1"].comments[-1])


# ---------------------------------------------------------------- labels, flag, property

MARKS = free(marks={"warning": Marks(("stalled",), ("on-track",), True)}, property=True)


def test_labels_flag_and_property_come_with_the_comment_and_go_with_it() -> None:
    tracker = posts()
    issue = tracker.issues["WEB-1"]
    issue.labels = {"on-track", "theirs"}
    kinds(tracker, MARKS, MONDAY, case([finding()]))
    assert issue.labels == {"stalled", "theirs"}
    assert issue.flagged
    assert issue.note == {"findings": {"f1": {"rule": "unacknowledged", "severity": "warning"}}}
    assert kinds(tracker, MARKS, MONDAY + DAY, case([finding()])) == []
    kinds(tracker, MARKS, MONDAY + DAY, case([finding("f2")]))  # another comment carries them on
    assert issue.labels == {"stalled", "theirs"}
    kinds(tracker, MARKS, MONDAY + 2 * DAY, case())
    assert (issue.labels, issue.flagged, issue.note) == ({"on-track", "theirs"}, False, None)


@pytest.mark.parametrize("everything", [True, False])
def test_the_property_goes_before_the_comment_that_leads_to_it(everything: bool) -> None:
    """Else a stop in between would leave it for ever: nothing tells any more that it is there."""
    tracker = posts()
    actions = replace(MARKS, delete_settled=True)
    kinds(tracker, actions, MONDAY, case([finding()]))
    left = replace(case(), standing=tracker.standing("WEB-1"))
    found = plan_retraction([left]) if everything else plan([left], actions, MONDAY + DAY)
    found_kinds = [step.kind for step in found.steps]
    assert found_kinds.index("note") < found_kinds.index("delete")


def test_what_others_set_stays_theirs() -> None:
    tracker = posts()
    issue = tracker.issues["WEB-1"]
    issue.labels, issue.flagged = {"stalled"}, True
    kinds(tracker, MARKS, MONDAY, case([finding()]))
    kinds(tracker, MARKS, MONDAY + DAY, case())
    assert (issue.labels, issue.flagged) == ({"stalled"}, True)


def test_marks_of_a_rule_follow_the_configuration() -> None:
    tracker = posts()
    issue = tracker.issues["WEB-1"]
    kinds(tracker, free(marks={"unacknowledged": Marks(("a", "b"), (), True)}), MONDAY, case([finding()]))
    assert issue.labels == {"a", "b"}
    other = free(marks={"unacknowledged": Marks(("c",), ("a",))})
    assert kinds(tracker, other, MONDAY, case([finding()])) == ["labels", "flag", "edit", "labels"]
    assert (issue.labels, issue.flagged) == ({"c"}, False)
    assert kinds(tracker, other, MONDAY, case([finding()])) == []
    kinds(tracker, other, MONDAY, case())
    assert issue.labels == set()


def test_the_property_tells_only_of_what_is_told() -> None:
    tracker = posts()
    actions = free(property=True, working_hours=True)
    saturday = MONDAY + 5 * DAY
    assert kinds(tracker, actions, saturday, case([finding()])) == []  # else nothing would ever take it away
    assert kinds(tracker, actions, saturday + 2 * DAY, case([finding()])) == ["comment", "note"]


def test_everything_can_be_taken_back() -> None:
    tracker = posts()
    issue = tracker.issues["WEB-1"]
    issue.labels = {"on-track", "theirs"}
    kinds(tracker, MARKS, MONDAY, case([finding()]))
    kinds(tracker, MARKS, MONDAY + DAY, case([finding("f2")]))
    made = plan_retraction([case(standing=tracker.standing("WEB-1"))])
    apply(made, tracker, lambda step, outcome: None)
    assert issue == Issue(labels={"on-track", "theirs"})
    assert plan_retraction([case(standing=tracker.standing("WEB-1"))]).steps == ()


# ---------------------------------------------------------------- writes that fail


class Failing(MemoryPosts):
    """A tracker that fails as told: before a write, after it, or when it is asked again."""

    def __init__(
        self, issues: dict[str, Issue], problem: Exception, *, lost: bool, blind: bool = False
    ) -> None:
        super().__init__(issues)
        self.problem, self.lost, self.blind = problem, lost, blind
        self.asked = 0

    def comment(self, key: str, document: Document, marker: Marker) -> str:
        if key == "WEB-1":
            if self.lost:
                super().comment(key, document, marker)
            raise self.problem
        return super().comment(key, document, marker)

    def standing(self, key: str) -> Standing:
        self.asked += 1
        if self.blind and self.asked > 2:
            raise TrackerError("the site is gone")
        return super().standing(key)


def two_issues() -> tuple[dict[str, Issue], list[Case]]:
    return {"WEB-1": Issue(), "WEB-2": Issue()}, many(2)


def test_what_fails_on_one_issue_costs_no_other() -> None:
    issues, cases = two_issues()
    log: list[tuple[Any, str]] = []
    tracker = Failing(issues, WriteError("no permission"), lost=False)
    _, result = run_once(tracker, MARKS, MONDAY, *cases, log=log)
    assert [(step.key, step.kind, why) for step, why in result.failed] == [
        ("WEB-1", "comment", "no permission")
    ]
    assert {step.key for step, outcome in log if outcome == "done"} == {"WEB-2"}
    assert issues["WEB-1"] == Issue()  # neither label nor flag without their comment
    assert issues["WEB-2"].labels == {"stalled"}


@pytest.mark.parametrize("lost", [True, False])
def test_after_a_lost_answer_it_looks_and_never_writes_blindly(lost: bool) -> None:
    issues, cases = two_issues()
    log: list[tuple[Any, str]] = []
    tracker = Failing(issues, UnknownWriteError("the connection broke"), lost=lost)
    _, result = run_once(tracker, FREE, MONDAY, *cases, log=log)
    assert len(issues["WEB-1"].comments) == int(lost)
    assert log[1][1] == ("done already" if lost else "failed: the connection broke")
    assert len(result.failed) == int(not lost)


def test_if_it_can_not_look_either_both_problems_are_told() -> None:
    issues, cases = two_issues()
    tracker = Failing(issues, UnknownWriteError("the connection broke"), lost=True, blind=True)
    _, result = run_once(tracker, FREE, MONDAY, *cases)
    assert [why for _, why in result.failed] == ["the connection broke; and then: the site is gone"]


@pytest.mark.parametrize("kind", ["comment", "edit", "delete", "labels", "flag", "note"])
def test_whether_a_write_is_there_is_read_from_what_stands(kind: str) -> None:
    """For each kind of write: it counts as done after it, and not before it."""
    tracker = posts()
    tracker.issues["WEB-1"].labels = {"on-track"}
    seen = set()
    days = [[finding()], [finding(title="Other words")], [finding("f2")], []]
    for number, found in enumerate(days):
        actions = replace(MARKS, delete_settled=True)
        now = tracker.now = MONDAY + number * DAY
        for step in plan([case(found, tracker.standing("WEB-1"))], actions, now).steps:
            assert not is_done(step, tracker.standing("WEB-1"))
            apply(Plan((step,)), tracker, lambda step, outcome: None)
            assert is_done(step, tracker.standing("WEB-1"))
            seen.add(step.kind)
    assert kind in seen


# ---------------------------------------------------------------- order and size


def test_the_order_does_not_depend_on_the_order_of_cases() -> None:
    cases = [
        case([finding(f"f{n}", severity=("info", "warning", "error")[n % 3])], key=f"WEB-{n}")
        for n in range(20)
    ]
    actions = free(comment="info", most_per_person=7)
    one, two = plan(cases, actions, MONDAY), plan(cases[::-1], actions, MONDAY)
    assert one == two
    assert len(one.steps) == 7


def test_findings_of_one_issue_are_told_in_the_same_order() -> None:
    found = [finding("f1"), finding("f2", owed_by=BOB), finding("f3", due=MONDAY - 9 * DAY, owed_by=BOB)]
    (one,), (two,) = (plan([case(some)], FREE, MONDAY).steps for some in (found, found[::-1]))
    assert one == two
    assert one.document is not None
    assert one.document.mentions == ("bob", "ann")


def test_a_thousand_findings() -> None:
    cases = many(1000)
    tracker = MemoryPosts({one.key: Issue() for one in cases})
    assert kinds(tracker, FREE, MONDAY, *cases) == ["comment"] * 1000
    assert kinds(tracker, FREE, MONDAY, *cases) == []


# ---------------------------------------------------------------- any history

NAMES = ("f1", "f2", "f3")
NOTHING = frozenset[str]()


@st.composite
def days(draw: st.DrawFn) -> dict[str, Any]:
    """One day of an issue: what is found, what people did, whether the run is stopped, and when it looks."""
    found = [
        finding(
            name,
            rule=f"rule-{name}",
            owed_by=draw(st.sampled_from([ANN, BOB])),
            severity=draw(st.sampled_from(["info", "warning", "error"])),
        )
        for name in NAMES
        if draw(st.booleans())
    ]
    return {
        "found": found,
        "dismissed": {name: "Ann Lee answered" for name in NAMES if draw(st.integers(0, 5)) == 0},
        "unjudged": frozenset(f"rule-{name}" for name in NAMES if draw(st.integers(0, 7)) == 0),
        "labels": draw(st.sampled_from([(), (), (), ("theirs", True), ("theirs", False)])),
        "stop": draw(st.none() | st.integers(0, 4)),
        "hours": draw(st.sampled_from([1, 24, 24, 72])),
    }


SETTINGS = st.builds(
    free,
    delete_settled=st.booleans(),
    property=st.booleans(),
    most_per_issue=st.sampled_from([None, 2]),
    most_per_person=st.sampled_from([None, 3]),
    cool_down=st.sampled_from([Duration.ZERO, Duration.parse("1 working day")]),
    working_hours=st.booleans(),
    escalate_after=st.sampled_from([None, Duration.parse("2 working days")]),
    marks=st.sampled_from(
        [
            {},
            {"warning": Marks(("tool",), ("plain",), True), "error": Marks(("tool", "grave"))},
            {"rule-f1": Marks(("theirs", "grave")), "info": Marks(("tool",))},
        ]
    ),
)


def test_the_same_words_about_another_lapse_are_no_twin() -> None:
    """A run stopped between the new comment and the old one's end leaves both, with equal words."""
    actions = free(
        cool_down=Duration.ZERO, working_hours=False, escalate_after=Duration.parse("2 working days")
    )
    tracker, first, second = posts(), finding("f1"), finding("f2")
    run_once(tracker, actions, MONDAY, case([first], lead=LENA))
    tracker.stop_after = tracker.writes + 1
    with pytest.raises(Stop):
        run_once(tracker, actions, MONDAY + timedelta(hours=1), case([second], lead=LENA))
    tracker.stop_after = None
    later, today = MONDAY + timedelta(days=3), case([second], lead=LENA)
    run_once(tracker, actions, later, today)
    (comment,) = tracker.issues["WEB-1"].open
    assert comment.marker.findings["f2"].also == LENA.id
    again, _ = run_once(tracker, actions, later, today)
    assert again.steps == ()


@given(st.lists(days(), min_size=1, max_size=8), SETTINGS)
def test_after_any_history_one_comment_stands_and_others_labels_are_untouched(
    history: list[dict[str, Any]], actions: Actions
) -> None:
    tracker, now = posts(), MONDAY
    issue = tracker.issues["WEB-1"]
    issue.labels = {"plain", "more"}
    for one in history:
        now += timedelta(hours=one["hours"])
        if one["labels"] and "theirs" not in {name for m in actions.marks.values() for name in m.add}:
            (issue.labels.add if one["labels"][1] else issue.labels.discard)(one["labels"][0])
        before = {"more", "theirs"} & issue.labels
        today = case(one["found"], dismissed=one["dismissed"], unjudged=one["unjudged"], lead=LENA)
        tracker.stop_after = None if one["stop"] is None else tracker.writes + one["stop"]
        try:
            run_once(tracker, actions, now, today)
        except Stop:
            continue  # the next day has to cope
        tracker.stop_after = None
        assert {"more"} & issue.labels == {"more"}
        if not any("theirs" in marks.add for marks in actions.marks.values()):
            assert {"more", "theirs"} & issue.labels == before
        said = issue.open
        if not any(e.rule in one["unjudged"] for comment in said for e in comment.marker.findings.values()):
            assert len(said) <= 1
        for comment in said:
            assert comment.marker.digest == comment.document.digest
            assert set(comment.document.mentions) == {
                id_ for told in comment.marker.findings.values() for id_ in (told.to, told.also) if id_
            }
        again, _ = run_once(tracker, actions, now, today)
        assert again.steps == ()
    tracker.stop_after = None
    # Once nothing is found and all can be judged, nothing of the tool's is left but single lines.
    run_once(tracker, actions, now, case())
    assert issue.open == []
    assert issue.labels - {"theirs"} == {"plain", "more"}
    assert not issue.flagged
    assert issue.note is None or not actions.property
    assert all(len(words(comment)) < 200 for comment in issue.comments)


def test_a_document_in_memory_reads_as_it_was_written() -> None:
    tracker = posts()
    document = Document((Paragraph((Text("Hello."),)),))
    tracker.comment("WEB-1", document, Marker(OPEN, {}, document.digest))
    assert tracker.standing("WEB-1").comments[0].created == datetime(2026, 3, 2, 10, tzinfo=UTC)
