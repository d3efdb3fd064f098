"""What a case system's tests can look like. `CCCD_DESK` names the program; else it is in the path."""

import pytest
from cccd_desk_sim import Problem, SimulatedDesk
from verify_report import NotVerified, verified


def test_the_confirmed_number_arrives():
    with SimulatedDesk() as desk:
        desk.lay("adult-man")
        session = desk.open_session(case_ref="HS-2026-001")
        desk.scan("adult-man")
        assert desk.verdict(session)["verdict"] == "verified"
        event = desk.report(session)["event"]
        assert event["data"]["personal_number"] == "001090000001"


@pytest.fixture
def desk():
    with SimulatedDesk() as desk:
        yield desk


def read(desk, persona, *defects):
    """Lays a card, opens a session, scans the code; the session and its verdict."""
    desk.lay(persona, *defects)
    session = desk.open_session()
    desk.scan(persona)
    return session, desk.verdict(session)


@pytest.mark.parametrize(
    ("defect", "verdict", "reason"),
    [
        ("lso-dg-hash-bad", "not_verified", "dg-hash-mismatch"),
        ("dsc-revoked", "not_verified", "dsc-revoked"),
        ("link-card-removed", "unreadable", "card-removed"),
    ],
)
def test_a_card_that_is_not_good_names_its_reason(desk, defect, verdict, reason):
    _, met = read(desk, "adult-man", defect)
    assert (met["verdict"], met["reason"]) == (verdict, reason)
    assert met["personal_number"] is None


def test_a_card_that_is_lifted_and_laid_back_is_read_on(desk):
    desk.lay("adult-woman")
    desk.control("POST", "/v1/readers/A/card/tear", {"at": 12, "back": True})
    session = desk.open_session()
    desk.scan("adult-woman")
    assert desk.verdict(session)["verdict"] == "verified"


def test_a_desk_whose_clock_is_wrong_confirms_nothing(desk):
    desk.control("PUT", "/v1/clock", {"now": "2015-01-01T08:00:00Z"})
    _, met = read(desk, "adult-man")
    assert met["verdict"] != "verified"


def test_a_session_that_nobody_serves_expires(desk):
    session = desk.open_session()
    desk.control("PUT", "/v1/clock", {"advance_seconds": 3600})
    assert desk.verdict(session) is None


def test_a_report_waits_for_a_case_system_that_is_down(desk):
    desk.control("PUT", "/v1/case-system", {"fault": "unavailable"})
    session, met = read(desk, "adult-man")
    assert met["verdict"] == "verified"
    desk.control("PUT", "/v1/case-system", {"fault": "none"})
    desk.control("PUT", "/v1/clock", {"advance_seconds": 3600})  # the next attempt is due
    assert desk.report(session)["deliveries"] == 1


def test_a_report_is_verified_with_the_pinned_key(desk):
    session, _ = read(desk, "elder-no-expiry")
    keys = desk.desk("GET", "/v1/keys")
    jws = desk.report(session)["jws"]
    event = verified(jws, keys)
    assert event["type"] == "identity.confirmed"
    assert event["data"]["test"] is True  # a real case system refuses this one
    protected, payload, signature = jws.split(".")
    other = payload[:40] + ("A" if payload[40] != "A" else "B") + payload[41:]
    for changed in (f"{protected}.{other}.{signature}", f"{protected}.{payload}", jws[:-4] + "AAAA"):
        with pytest.raises(NotVerified):
            verified(changed, keys)
    with pytest.raises(NotVerified):
        verified(jws, {"keys": []})


def test_a_wrong_name_is_refused_with_the_right_ones(desk):
    with pytest.raises(Problem) as refused:
        desk.lay("adult-mann")
    assert refused.value.code == "unknown-persona"
    assert "adult-man" in refused.value.document["known"]
