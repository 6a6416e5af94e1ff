"""One matter through its chain, and everything that must not get through."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import current_app

from tests.conftest import new_user
from tests.core.approvals.conftest import CHAIN, NOW, Happened, People, asked, decided
from unionops.core import refs
from unionops.core.accounts.models import UserRole
from unionops.core.accounts.services import people as accounts
from unionops.core.approvals import jobs, queries, services
from unionops.core.approvals.models import Approval, Delegation
from unionops.core.approvals.registry import Step, chain
from unionops.core.audit.models import AuditEntry
from unionops.core.audit.telling import tell
from unionops.core.db import db, touch_data, unit_of_work
from unionops.core.notify.models import Notice
from unionops.values.problems import RuleBroken

TODAY = date(2026, 11, 24)


def refused(approval: Approval, by, **given) -> str:
    with pytest.raises(RuleBroken) as caught:
        decided(approval, by, **given)
    db.session.rollback()
    return str(caught.value)


def states(approval: Approval) -> list[tuple[str, str, str]]:
    return [(step.role or step.body, step.verdict, step.remark) for step in db.session.get_one(Approval, approval.id).steps]


def bells(user) -> list[str]:
    return list(db.session.scalars(sa.select(Notice.subject).where(Notice.user_id == user.id).order_by(Notice.id)))


def hand(giver, to, first=TODAY, last=TODAY + timedelta(days=3), role="") -> Delegation:
    with unit_of_work("test", "test"):
        return services.delegate(giver, to, first, last, "出國", role=role, now=NOW)


def take_roles(user) -> None:
    with unit_of_work("test", "test"):
        accounts.set_roles(user, [("staff", None)], by=None)


# --- the way through


def test_a_matter_passes_its_steps_and_its_area_hears_of_the_end(office: People, happened: Happened) -> None:
    approval = asked(office.staff, office.subject, note="下週到職")
    assert (queries.waiting_count(office.chief), queries.waiting_count(office.president)) == (1, 0)
    assert decided(approval, office.chief) == ""
    assert happened.ends == []
    assert [one.title for one in queries.waiting_for(office.president)] == ["新同仁"]
    assert decided(approval, office.president, reason="同意") == "approved"
    assert happened.ends == [("approved", "")]
    assert queries.waiting_for(office.president) == []
    assert bells(office.chief) == ["等您核可：新同仁"]
    assert bells(office.president) == ["等您核可：新同仁"]
    assert bells(office.staff) == ["已核可：新同仁"]
    told = queries.of_record(refs.ref(office.subject))
    assert [(line.who, line.word, line.by) for line in told[0].lines] == [("總幹事", "核可", "陳淑芬"), ("理事長", "核可", "張理事長")]


@pytest.mark.parametrize("verdict", ["returned", "rejected"])
def test_who_refuses_says_why_and_the_rest_is_not_asked(office: People, happened: Happened, verdict: str) -> None:
    approval = asked(office.staff, office.subject)
    assert "理由" in refused(approval, office.chief, verdict=verdict)
    assert decided(approval, office.chief, verdict, "附件不全") == verdict
    assert happened.ends == [(verdict, "附件不全")]
    assert queries.waiting_for(office.president) == []
    assert "已經結束" in refused(approval, office.president)
    assert asked(office.staff, office.subject).id != approval.id


def test_a_body_decides_and_its_recorder_is_named(office: People, happened: Happened) -> None:
    with unit_of_work("test", "test"):
        office.subject.email = "board@example.tw"
    approval = asked(office.staff, office.subject)
    decided(approval, office.chief)
    assert decided(approval, office.president) == ""
    assert "登錄決議" in refused(approval, office.president)
    text = refused(approval, office.staff)
    assert all(field in text for field in ("決議案號", "決議日", "決議內容"))
    late = services.Resolution("第 3 案", TODAY + timedelta(days=1), "照案通過")
    assert "不得晚於今天" in refused(approval, office.staff, resolution=late)
    # The maker may write it down: the board has decided, not he.
    assert decided(approval, office.staff, resolution=services.Resolution("第 5 屆第 8 次第 3 案", TODAY, "照案通過")) == "approved"
    last = queries.of_record(refs.ref(office.subject))[0].lines[-1]
    assert (last.who, last.by, last.number, last.wording) == ("理事會", "吳建宏登錄", "第 5 屆第 8 次第 3 案", "照案通過")


def test_the_maker_withdraws_and_nobody_else(office: People, happened: Happened) -> None:
    approval = asked(office.staff, office.subject)
    with pytest.raises(RuleBroken, match="只有經手人"), unit_of_work("test", "test"):
        services.withdraw(approval, by=office.chief, now=NOW)
    with unit_of_work("test", "test"):
        services.withdraw(approval, by=office.staff, now=NOW, why="寫錯")
    assert happened.ends == [("withdrawn", "寫錯")]
    assert queries.waiting_count(office.chief) == 0
    assert "已經結束" in refused(approval, office.chief)
    with pytest.raises(RuleBroken, match="已經結束"), unit_of_work("test", "test"):
        services.withdraw(approval, by=office.staff, now=NOW)


def test_the_same_is_not_asked_twice_at_once(office: People) -> None:
    asked(office.staff, office.subject)
    with pytest.raises(RuleBroken, match="還在簽核中"):
        asked(office.chief, office.subject)


# --- a small union, where one makes and decides


def test_the_secretary_generals_own_goes_straight_to_the_president(office: People) -> None:
    approval = asked(office.chief, office.subject)
    assert states(approval) == [("secretary_general", "left_out", "held_by_maker"), ("president", "", "")]
    assert decided(approval, office.president) == "approved"


def test_the_presidents_own_goes_to_the_board(office: People) -> None:
    approval = asked(office.president, office.subject)
    assert decided(approval, office.chief) == ""
    assert states(approval)[-1] == ("board", "", "held_by_maker")
    line = queries.of_record(refs.ref(office.subject))[0].lines[-1]
    assert (line.who, line.remark) == ("理事會", "原由理事長核可：擔任者就是經手人，上送一級")
    assert decided(approval, office.chief, resolution=services.Resolution("臨時第 1 案", TODAY, "通過")) == "approved"


def test_a_president_who_is_his_own_secretary_general_decides_once(app, happened: Happened) -> None:
    staff, both = new_user("staff"), new_user("secretary_general", "president")
    approval = asked(staff, new_user("member"))
    assert decided(approval, both) == "approved"
    assert states(approval) == [("secretary_general", "approved", ""), ("president", "left_out", "same_person")]


def test_nobody_holds_the_role(app, happened: Happened) -> None:
    staff, president = new_user("staff"), new_user("president")
    approval = asked(staff, new_user("member"))
    assert states(approval) == [("secretary_general", "left_out", "vacant"), ("president", "", "")]
    assert decided(approval, president) == "approved"


# --- the last holder leaves while it waits


def leaves(user) -> None:
    with unit_of_work("test", "test"):
        accounts.deactivate(user, by=None, now=NOW)


def counts(office: People) -> list[int]:
    return [queries.waiting_count(one) for one in (office.chief, office.president, office.staff)]


def lines(office: People) -> list[tuple[str, str, str]]:
    return [(line.who, line.word, line.remark) for line in queries.of_record(refs.ref(office.subject))[0].lines]


def test_when_the_secretary_general_leaves_the_president_decides(office: People, happened: Happened) -> None:
    approval = asked(office.staff, office.subject)
    take_roles(office.chief)
    assert counts(office) == [0, 1, 0]
    assert [one.title for one in queries.waiting_for(office.president)] == ["新同仁"]
    assert lines(office) == [("總幹事", "略過", "目前無人擔任"), ("理事長", "等候中", "")]
    assert states(approval)[0] == ("secretary_general", "", "")  # Computed, not stored.
    assert decided(approval, office.president, place=2) == "approved"
    assert states(approval) == [("secretary_general", "left_out", "vacant"), ("president", "approved", "")]
    assert happened.ends == [("approved", "")]


def test_when_the_president_leaves_the_board_decides(office: People, happened: Happened) -> None:
    approval = asked(office.staff, office.subject)
    decided(approval, office.chief)
    take_roles(office.president)
    assert counts(office) == [1, 1, 1]  # Whoever may record what the board resolves: the chief and the staff.
    assert lines(office)[-1] == ("理事會", "等候中", "原由理事長核可：目前無人擔任，上送一級")
    assert decided(approval, office.staff, resolution=services.Resolution("臨時第 1 案", TODAY, "通過"), place=2) == "approved"
    assert lines(office)[-1] == ("理事會", "核可", "原由理事長核可：目前無人擔任，上送一級")


def test_whoever_comes_back_before_it_is_decided_decides(office: People) -> None:
    approval = asked(office.staff, office.subject)
    leaves(office.chief)
    assert counts(office)[1:] == [1, 0]
    with unit_of_work("test", "test"):
        accounts.reactivate(office.chief)
    assert counts(office) == [1, 0, 0]
    assert "現在輪到總幹事這一關" in refused(approval, office.president, place=2)
    assert decided(approval, office.chief, place=1) == ""


def test_nothing_is_approved_because_somebody_left(office: People, happened: Happened) -> None:
    """The secretary-general has decided and becomes president too, the president leaves: two had seen it, but nobody says so last."""
    approval = asked(office.staff, office.subject)
    decided(approval, office.chief)
    leaves(office.president)
    with unit_of_work("test", "test"):
        accounts.set_roles(office.chief, [("secretary_general", None), ("president", None)], by=None)
    assert lines(office)[-1] == ("理事會", "等候中", "原由理事長核可：擔任者已在前一關核可，上送一級")
    assert happened.ends == []
    assert decided(approval, office.chief, resolution=services.Resolution("臨時第 1 案", TODAY, "通過")) == "approved"


def test_a_stand_in_of_the_next_one_up_decides_too(office: People) -> None:
    approval = asked(office.staff, office.subject)
    hand(office.president, office.director)
    leaves(office.chief)
    assert [one.id for one in queries.waiting_for(office.director)] == [approval.id]
    assert decided(approval, office.director) == "approved"
    assert "王志強代張理事長" in queries.of_record(refs.ref(office.subject))[0].lines[-1].by


def test_whoever_decided_another_matter_still_decides_this_one(office: People) -> None:
    """In both lists: what waits for the holder himself, and for whoever stands in for him."""
    first = asked(office.staff, office.subject)
    decided(first, office.chief)
    decided(first, office.president)
    second = asked(office.staff, office.director)
    assert queries.moved() == {}
    assert counts(office) == [1, 0, 0]
    decided(second, office.chief)
    hand(office.president, office.director)
    assert counts(office) == [0, 1, 0]
    assert [one.id for one in queries.waiting_for(office.director)] == [second.id]


def test_at_night_it_is_written_down_and_the_next_are_told(office: People) -> None:
    approval = asked(office.staff, office.subject)
    asked(office.staff, office.director)
    leaves(office.chief)
    assert bells(office.president) == []
    with unit_of_work("test", "test"):
        assert jobs.go_up(NOW) == "2"
    assert bells(office.president) == ["等您核可：新同仁", "等您核可：王志強"]
    assert states(approval) == [("secretary_general", "left_out", "vacant"), ("president", "", "")]
    with unit_of_work("test", "test"):
        assert jobs.go_up(NOW) == ""
    with unit_of_work("test", "test"):
        accounts.reactivate(office.chief)
    assert counts(office) == [0, 2, 0]  # What went up stays up.
    assert decided(approval, office.president) == "approved"


def test_what_waits_for_nobody_takes_as_few_statements_for_many_as_for_one(office: People) -> None:
    from tests.conftest import statements
    from tests.core.approvals.test_views import new_row

    def cost() -> list[int]:
        found = []
        for question in (lambda: queries.waiting_count(office.president), lambda: queries.waiting_for(office.president)):
            with unit_of_work("test", "test"):
                touch_data(queries.DUTIES)
            db.session.get_one(type(office.president), office.president.id)
            with statements(current_app) as seen:
                question()
            found.append(len(seen))
        return found

    asked(office.staff, office.subject)
    leaves(office.chief)
    few = cost()
    with unit_of_work("test", "test"):
        accounts.reactivate(office.chief)
    for number in range(12):
        with unit_of_work("test", "test"):
            services.ask(new_row(number), CHAIN, by=office.staff, now=NOW)
    leaves(office.chief)
    assert cost() == few
    assert queries.waiting_count(office.president) == 13


# --- who must not


def test_the_maker_does_not_approve(app, happened: Happened) -> None:
    first, second = new_user("secretary_general"), new_user("secretary_general")
    new_user("president")
    approval = asked(first, new_user("member"))
    assert "您是經手人" in refused(approval, first)
    assert queries.waiting_for(first) == []
    decided(approval, second)


def test_who_lost_the_role_is_refused_though_the_page_is_open(office: People) -> None:
    approval = asked(office.staff, office.subject)
    assert queries.waiting_count(office.chief) == 1
    take_roles(office.chief)
    assert "這一關由理事長核可，您目前不是理事長" in refused(approval, office.chief)
    assert queries.waiting_count(office.chief) == 0
    with unit_of_work("test", "test"):
        office.chief.roles = [UserRole(role="secretary_general")]
        accounts.deactivate(office.chief, by=None, now=NOW)
    assert "停用" in refused(approval, office.chief)


def test_a_role_for_one_branch_does_not_approve_for_the_union(app, happened: Happened) -> None:
    from unionops.values.refs import Ref

    branch, chief = new_user("secretary_general", scope=Ref("unit", 1)), new_user("secretary_general")
    new_user("president")
    approval = asked(new_user("staff"), new_user("member"))
    assert "您目前不是總幹事" in refused(approval, branch)
    assert decided(approval, chief) == ""


def test_a_second_time_says_who_decided(office: People) -> None:
    approval = asked(office.staff, office.subject)
    decided(approval, office.chief, place=1)
    assert "這一關已由陳淑芬決定" in refused(approval, office.chief, place=1)
    assert "已核可過" in refused(approval, office.chief)


def test_what_changed_meanwhile_is_void_and_must_be_asked_again(office: People, happened: Happened) -> None:
    approval = asked(office.staff, office.subject)
    with unit_of_work("test", "test"):
        office.subject.email = "other@example.tw"
    assert queries.has_changed(approval)
    assert decided(approval, office.chief) == "void"
    assert happened.ends == [("void", "")]
    assert bells(office.staff) == ["送核後內容變更，要重新送核：新同仁"]
    assert states(approval)[0] == ("secretary_general", "", "")
    again = asked(office.staff, office.subject)
    assert again.summary[1] == ["電子郵件", "other@example.tw"]
    assert decided(again, office.chief) == ""


def test_a_record_that_is_gone_is_void(office: People, happened: Happened) -> None:
    approval = asked(office.staff, office.subject)
    with unit_of_work("test", "test"):
        db.session.delete(office.subject)
    assert decided(approval, office.chief) == "void"
    assert happened.ends == []


@pytest.mark.parametrize("steps", [(), (Step("president", when=lambda record: False),), (Step("nobody"),), (Step.body("nobody"),), (Step(),)])
def test_a_chain_that_could_let_something_pass_is_refused(app, steps) -> None:
    with pytest.raises(ValueError):
        chain("test.wrong", title="", kind="user", steps=steps, summary=lambda one: [], digest=lambda one: "")


# --- delegation


def test_a_stand_in_decides_and_both_are_named(office: People) -> None:
    approval = asked(office.staff, office.subject)
    decided(approval, office.chief)
    assert queries.waiting_count(office.director) == 0
    hand(office.president, office.director)
    assert queries.waiting_count(office.director) == 1
    assert decided(approval, office.director) == "approved"
    line = queries.of_record(refs.ref(office.subject))[0].lines[-1]
    assert (line.who, line.by) == ("理事長", "王志強代張理事長")
    assert bells(office.director) == ["張理事長請您代理核可"]


def test_only_in_its_days(office: People) -> None:
    approval = asked(office.staff, office.subject)
    decided(approval, office.chief)
    made = hand(office.president, office.director, first=TODAY + timedelta(days=1), last=TODAY + timedelta(days=2))
    assert "不在期間內" in refused(approval, office.director)
    assert "不在期間內" in refused(approval, office.director, now=NOW + timedelta(days=3))
    with unit_of_work("test", "test"):
        services.end_delegation(made, now=NOW)
    assert "不在期間內" in refused(approval, office.director, now=NOW + timedelta(days=1))
    with pytest.raises(RuleBroken, match="已經結束"), unit_of_work("test", "test"):
        services.end_delegation(made, now=NOW)


def test_not_for_the_maker_nor_by_the_maker(office: People) -> None:
    own = asked(office.director, office.subject)
    decided(own, office.chief)
    hand(office.president, office.director)
    assert "您是經手人" in refused(own, office.director)
    assert decided(own, office.president) == "approved"


def test_not_for_a_president_who_made_it(app, happened: Happened) -> None:
    first, second, director = new_user("president"), new_user("president"), new_user("director")
    approval = asked(first, new_user("member"))
    hand(first, director)
    assert "您代理的人就是經手人" in refused(approval, director)
    assert queries.waiting_for(director) == []
    assert decided(approval, second) == "approved"


def test_a_stand_in_who_decided_before_does_not_decide_again(office: People) -> None:
    approval = asked(office.staff, office.subject)
    hand(office.president, office.chief)
    decided(approval, office.chief)
    assert "前一關" in refused(approval, office.chief)
    assert queries.waiting_for(office.chief) == []


def test_what_was_handed_ends_with_the_givers_role(office: People) -> None:
    approval = asked(office.staff, office.subject)
    decided(approval, office.chief)
    hand(office.president, office.director)
    assert queries.waiting_count(office.director) == 1
    take_roles(office.president)
    assert queries.waiting_count(office.director) == 0
    assert "這一關由理事會決議" in refused(approval, office.director)


def test_accountants_do_not_stand_in_for_presidents(office: People) -> None:
    accountant = new_user("accountant")
    with pytest.raises(RuleBroken, match="相衝突"):
        hand(office.president, accountant)
    assert accountant not in queries.stand_ins(office.president)
    assert {one.name for one in queries.stand_ins(office.president)} == {"陳淑芬", "王志強"}


@pytest.mark.parametrize(("given", "told"), [
    ({"first": TODAY, "last": TODAY - timedelta(days=1)}, "迄日不得早於起日"),
    ({"first": TODAY - timedelta(days=9), "last": TODAY - timedelta(days=1)}, "迄日已經過了"),
    ({"role": "cashier"}, "沒有這個職務"),
])
def test_a_delegation_that_cannot_be(office: People, given, told) -> None:
    with pytest.raises(RuleBroken, match=told):
        hand(office.president, office.director, **given)


def test_a_delegation_is_not_given_twice_nor_to_oneself_nor_to_the_deactivated(office: People) -> None:
    hand(office.president, office.director)
    with pytest.raises(RuleBroken, match="已經請他代理"):
        hand(office.president, office.director, role="president")
    with pytest.raises(RuleBroken, match="不能代理自己"):
        hand(office.president, office.president)
    with unit_of_work("test", "test"):
        office.director.deactivated_at = NOW
    with pytest.raises(RuleBroken, match="已停用"):
        hand(office.president, office.director)


# --- the audit


def test_the_audit_reads_as_sentences(app, office: People) -> None:
    approval = asked(office.staff, office.subject)
    decided(approval, office.chief)
    hand(office.president, office.director)
    decided(approval, office.director)
    entries = list(db.session.scalars(sa.select(AuditEntry).where(AuditEntry.kind == "change").order_by(AuditEntry.id)))
    with app.test_request_context():
        sentences = [one.sentence for one in tell(entries, office.chief)]
    for wanted in (
        "送出「新同仁」請核可（開立帳號）", "以總幹事核可「新同仁」", "張理事長請王志強代理核可，115/11/24 到 115/11/27", "代張理事長以理事長核可「新同仁」",
        "「新同仁」全部核可",
    ):
        assert any(wanted in sentence for sentence in sentences), (wanted, sentences)


def test_the_count_is_remembered_until_something_changes(app, office: People) -> None:
    from tests.conftest import statements

    asked(office.staff, office.subject)
    with app.test_request_context():
        assert queries.waiting_count(office.chief) == 1
    with app.test_request_context(), statements(app) as seen:
        assert queries.waiting_count(office.chief) == 1
    assert not [one for one in seen if "approval" in one]


def test_the_chain_of_the_tests_is_gone_afterwards(app) -> None:
    from unionops.core.approvals.registry import CHAINS

    assert CHAIN not in CHAINS
