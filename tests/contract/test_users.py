"""Users, teams, sessions, tokens and the audit of what they do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from callcore.errors import (
    BadValueError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    ThrottledError,
    UnauthenticatedError,
)
from callcore.ids import Extension
from crm_store.ids import TeamId, TokenId, UserId
from crm_store.records import CustomerData, UserData
from crm_store.rights import SYSTEM, Role
from tests.contract.conftest import PASSWORD

if TYPE_CHECKING:
    from crm_store.records import AuditEntry
    from crm_store.store import Store
    from tests.contract.conftest import Clock, People


class TestUsers:
    async def test_they_are_found_by_login_and_extension(
        self, store: Store, people: People
    ) -> None:
        agent = people.actor("agent")
        assert await store.users.by_login(agent, " AGENT ") == people.agent
        assert await store.users.by_extension(agent, Extension("1001")) == people.agent
        assert await store.users.by_login(agent, "nobody") is None
        assert await store.users.get(agent, people.agent.id) == people.agent
        names = [user.name for user in await store.users.list(agent)]
        assert names == ["Admin", "Agent", "Colleague", "Manager", "Stranger", "Supervisor"]

    @pytest.mark.parametrize(
        "data",
        [
            UserData("agent", "Same login", Role.AGENT),
            UserData("new", "Same phone", Role.AGENT, extension=Extension("1001")),
        ],
    )
    @pytest.mark.usefixtures("people")
    async def test_login_and_extension_are_one_persons(self, store: Store, data: UserData) -> None:
        with pytest.raises(ConflictError, match="Another user"):
            await store.users.create(SYSTEM, data, PASSWORD)

    @pytest.mark.parametrize(
        ("data", "password"),
        [
            (UserData("", "No login", Role.AGENT), PASSWORD),
            (UserData("two words", "Bad login", Role.AGENT), PASSWORD),
            (UserData("new", " ", Role.AGENT), PASSWORD),
            (UserData("new", "Language", Role.AGENT, language="xx"), PASSWORD),
            (UserData("new", "Password", Role.AGENT), "short"),
        ],
    )
    async def test_what_makes_no_user_is_refused(
        self, store: Store, data: UserData, password: str
    ) -> None:
        with pytest.raises(BadValueError):
            await store.users.create(SYSTEM, data, password)

    async def test_a_team_that_is_not_there_is_refused(self, store: Store) -> None:
        with pytest.raises(NotFoundError, match="no such team"):
            await store.users.create(
                SYSTEM, UserData("new", "New", Role.AGENT, TeamId("nothing")), PASSWORD
            )

    async def test_changes_do_not_overwrite_each_other(self, store: Store, people: People) -> None:
        admin, user = people.actor("admin"), people.agent
        changed = await store.users.update(
            admin, user.id, user.version, replace(user.data, name="New Name")
        )
        assert (changed.name, changed.version) == ("New Name", 2)
        with pytest.raises(ConflictError):
            await store.users.update(admin, user.id, user.version, user.data)

    async def test_nobody_but_an_administrator_changes_users(
        self, store: Store, people: People
    ) -> None:
        promoted = replace(people.agent.data, role=Role.ADMIN)
        for who in ("agent", "supervisor", "manager"):
            with pytest.raises(ForbiddenError):
                await store.users.update(people.actor(who), people.agent.id, 1, promoted)
            with pytest.raises(ForbiddenError):
                await store.users.create(people.actor(who), promoted, PASSWORD)
            with pytest.raises(ForbiddenError):
                await store.users.set_password(people.actor(who), people.admin.id, "x" * 12)

    async def test_the_last_administrator_stays(self, store: Store, people: People) -> None:
        admin = people.admin
        for change in ({"active": False}, {"role": Role.MANAGER}):
            with pytest.raises(ConflictError, match="last administrator"):
                await store.users.update(
                    people.actor("admin"), admin.id, 1, replace(admin.data, **change)
                )
        assert (await store.users.get(SYSTEM, admin.id)).active

    async def test_one_who_left_is_out_at_once_and_gives_his_phone_back(
        self, store: Store, people: People
    ) -> None:
        new = await store.sessions.sign_in("agent", PASSWORD)
        token = await store.tokens.create(
            people.actor("agent"), "script", frozenset({"customers:read"})
        )
        await store.users.update(
            people.actor("admin"), people.agent.id, 1, replace(people.agent.data, active=False)
        )
        assert await store.sessions.find(new.secret) is None
        assert await store.tokens.find(token.secret) is None
        with pytest.raises(UnauthenticatedError):
            await store.sessions.sign_in("agent", PASSWORD)
        data = UserData("next", "Next", Role.AGENT, extension=Extension("1001"))
        await store.users.create(SYSTEM, data, PASSWORD)
        everybody = await store.users.list(SYSTEM, active=None)
        assert people.agent.id in {user.id for user in everybody}

    async def test_everybody_chooses_his_language(self, store: Store, people: People) -> None:
        await store.users.set_language(people.actor("agent"), "ru")
        assert (await store.users.get(SYSTEM, people.agent.id)).language == "ru"
        with pytest.raises(BadValueError):
            await store.users.set_language(people.actor("agent"), "xx")

    async def test_a_new_password_ends_every_session(self, store: Store, people: People) -> None:
        new = await store.sessions.sign_in("agent", PASSWORD)
        await store.users.set_password(people.actor("agent"), people.agent.id, "another long one")
        assert await store.sessions.find(new.secret) is None
        with pytest.raises(UnauthenticatedError):
            await store.sessions.sign_in("agent", PASSWORD)
        await store.sessions.sign_in("agent", "another long one")
        with pytest.raises(NotFoundError):
            await store.users.set_password(SYSTEM, UserId("nobody"), "another long one")


class TestTeams:
    async def test_an_administrator_names_them(self, store: Store, people: People) -> None:
        admin = people.actor("admin")
        renamed = await store.teams.rename(admin, people.team.id, "Reception")
        assert [team.name for team in await store.teams.list(people.actor("agent"))] == [
            "Back office",
            "Reception",
        ]
        with pytest.raises(ConflictError):
            await store.teams.create(admin, "Reception")
        with pytest.raises(BadValueError):
            await store.teams.rename(admin, renamed.id, " ")
        with pytest.raises(NotFoundError):
            await store.teams.rename(admin, TeamId("nothing"), "Nobody")
        with pytest.raises(ForbiddenError):
            await store.teams.create(people.actor("manager"), "Mine")


class TestSessions:
    async def test_login_and_password_open_one(self, store: Store, people: People) -> None:
        new = await store.sessions.sign_in("Agent", PASSWORD, address="192.0.2.7", agent="Browser")
        session = await store.sessions.find(new.secret)
        assert session == new.session
        assert session is not None
        assert session.actor == people.actor("agent")
        assert (session.address, session.agent) == ("192.0.2.7", "Browser")

    @pytest.mark.parametrize(("login", "password"), [("agent", "wrong"), ("nobody", PASSWORD)])
    @pytest.mark.usefixtures("people")
    async def test_it_is_not_told_which_of_them_is_wrong(
        self, store: Store, login: str, password: str
    ) -> None:
        with pytest.raises(UnauthenticatedError, match="Login or password are wrong"):
            await store.sessions.sign_in(login, password)

    @pytest.mark.usefixtures("people")
    async def test_use_keeps_it_alive_but_not_for_ever(self, store: Store, clock: Clock) -> None:
        new = await store.sessions.sign_in("agent", PASSWORD)
        for _ in range(16):
            clock.pass_(hours=10)
            assert await store.sessions.find(new.secret) is not None
        clock.pass_(hours=10)
        assert await store.sessions.find(new.secret) is None

    @pytest.mark.usefixtures("people")
    async def test_without_use_it_ends(self, store: Store, clock: Clock) -> None:
        new = await store.sessions.sign_in("agent", PASSWORD)
        clock.pass_(hours=13)
        assert await store.sessions.find(new.secret) is None

    async def test_several_are_ended_one_by_one_or_all_at_once(
        self, store: Store, people: People
    ) -> None:
        one = await store.sessions.sign_in("agent", PASSWORD, agent="one")
        two = await store.sessions.sign_in("agent", PASSWORD, agent="two")
        three = await store.sessions.sign_in("agent", PASSWORD, agent="three")
        await store.sessions.end(one.secret)
        agent = people.actor("agent")
        assert {s.agent for s in await store.sessions.list(agent, people.agent.id)} == {
            "two",
            "three",
        }
        await store.sessions.end_all(agent, people.agent.id)
        assert await store.sessions.find(two.secret) is None
        assert await store.sessions.find(three.secret) is None

    async def test_anothers_are_an_administrators_business(
        self, store: Store, people: People
    ) -> None:
        with pytest.raises(ForbiddenError):
            await store.sessions.list(people.actor("manager"), people.agent.id)
        with pytest.raises(ForbiddenError):
            await store.sessions.end_all(people.actor("colleague"), people.agent.id)
        await store.sessions.end_all(people.actor("admin"), people.agent.id)

    async def test_only_trunkline_itself_needs_no_password(
        self, store: Store, people: People
    ) -> None:
        new = await store.sessions.start(SYSTEM, people.agent.id)
        assert await store.sessions.find(new.secret) is not None
        with pytest.raises(ForbiddenError):
            await store.sessions.start(people.actor("admin"), people.agent.id)
        with pytest.raises(NotFoundError):
            await store.sessions.start(SYSTEM, UserId("nobody"))


class TestThrottle:
    async def fail(self, store: Store, login: str, address: str) -> None:
        with pytest.raises(UnauthenticatedError):
            await store.sessions.sign_in(login, "wrong", address=address)

    @pytest.mark.usefixtures("people")
    async def test_after_some_failures_a_login_has_to_wait_ever_longer(
        self, store: Store, clock: Clock
    ) -> None:
        waits: list[int] = []
        for n in range(8):
            await self.fail(store, "agent", f"192.0.2.{n}")
            if n >= 4:
                with pytest.raises(ThrottledError) as throttled:
                    await store.sessions.sign_in("agent", PASSWORD, address="192.0.2.99")
                waits.append(int(str(throttled.value.data["retry_after_s"])))
                clock.pass_(seconds=waits[-1])
        assert waits == [1, 2, 4, 8]
        await store.sessions.sign_in("agent", PASSWORD)  # and then it may
        for _ in range(5):
            await self.fail(store, "agent", "192.0.2.1")  # counted anew

    @pytest.mark.usefixtures("people")
    async def test_an_address_that_tries_many_logins_has_to_wait(self, store: Store) -> None:
        for n in range(20):
            await self.fail(store, f"guess{n}", "192.0.2.7")
        with pytest.raises(ThrottledError):
            await store.sessions.sign_in("agent", PASSWORD, address="192.0.2.7")
        await store.sessions.sign_in("agent", PASSWORD, address="192.0.2.8")

    @pytest.mark.usefixtures("people")
    async def test_tries_at_the_same_time_are_counted_too(self, store: Store) -> None:
        tries = (store.sessions.sign_in("agent", f"wrong {n}") for n in range(12))
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(outcome, UnauthenticatedError) for outcome in outcomes) == 5
        assert sum(isinstance(outcome, ThrottledError) for outcome in outcomes) == 7


class TestTokens:
    async def test_one_speaks_for_its_maker_within_its_scopes(
        self, store: Store, people: People
    ) -> None:
        scopes = frozenset({"customers:read"})
        new = await store.tokens.create(people.actor("agent"), "script", scopes)
        use = await store.tokens.find(new.secret)
        assert use is not None
        assert (use.user, use.actor.scopes) == (people.agent, scopes)
        await store.customers.list(use.actor)
        with pytest.raises(ForbiddenError):
            await store.customers.create(use.actor, CustomerData("New"))
        with pytest.raises(ForbiddenError):
            await store.interactions.list(use.actor)

    async def test_it_opens_nothing_once_revoked_or_expired(
        self, store: Store, people: People, clock: Clock
    ) -> None:
        agent, scopes = people.actor("agent"), frozenset({"customers:read"})
        new = await store.tokens.create(agent, "old", scopes)
        await store.tokens.revoke(agent, new.token.id)
        assert await store.tokens.find(new.secret) is None
        short = await store.tokens.create(agent, "short", scopes, clock.time + timedelta(days=1))
        clock.pass_(days=1)
        assert await store.tokens.find(short.secret) is None
        assert await store.tokens.find("tl_nonsense") is None
        assert await store.tokens.find("nonsense") is None

    async def test_its_last_use_is_known(self, store: Store, people: People, clock: Clock) -> None:
        agent = people.actor("agent")
        new = await store.tokens.create(agent, "script", frozenset({"calls:write"}))
        await store.tokens.find(new.secret)
        (token,) = await store.tokens.list(agent)
        assert token == replace(new.token, used_at=clock.time)

    async def test_another_neither_sees_nor_revokes_it(self, store: Store, people: People) -> None:
        new = await store.tokens.create(people.actor("agent"), "script", frozenset({"calls:write"}))
        assert await store.tokens.list(people.actor("manager")) == ()
        with pytest.raises(NotFoundError):
            await store.tokens.revoke(people.actor("manager"), new.token.id)
        assert await store.tokens.list(people.actor("admin"), people.agent.id) == (new.token,)
        await store.tokens.revoke(people.actor("admin"), new.token.id)
        with pytest.raises(NotFoundError):
            await store.tokens.revoke(people.actor("admin"), TokenId("nothing"))

    @pytest.mark.parametrize(
        ("name", "scopes"),
        [("", {"calls:write"}), ("script", set()), ("script", {"everything"})],
    )
    async def test_one_needs_a_name_and_known_scopes(
        self, store: Store, people: People, name: str, scopes: set[str]
    ) -> None:
        with pytest.raises(BadValueError):
            await store.tokens.create(people.actor("agent"), name, frozenset(scopes))

    async def test_a_token_makes_no_tokens(self, store: Store, people: People) -> None:
        new = await store.tokens.create(
            people.actor("agent"), "script", frozenset({"tokens:write"})
        )
        use = await store.tokens.find(new.secret)
        assert use is not None
        with pytest.raises(ForbiddenError):
            await store.tokens.create(use.actor, "child", frozenset({"calls:write"}))


class TestAudit:
    async def test_it_tells_who_did_what(self, store: Store, people: People, clock: Clock) -> None:
        clock.pass_(hours=1)
        agent = people.actor("agent")
        made = await store.customers.create(agent, CustomerData("Bakery"))
        clock.pass_(hours=1)
        data = replace(made.customer.data, name="Bakery & Co", note="secret")
        await store.customers.update(agent, made.customer.id, 1, data)
        page = await store.audit.list(people.actor("manager"), target_id=made.customer.id)
        assert [(entry.action, entry.user_name) for entry in page.items] == [
            ("update", "Agent"),
            ("create", "Agent"),
        ]
        assert page.items[0].details == {"name": "Bakery → Bakery & Co", "note": "changed"}

    @pytest.mark.usefixtures("people")
    async def test_pages_show_each_entry_once(self, store: Store) -> None:
        whole = (await store.audit.list(SYSTEM, limit=200)).items
        seen: list[AuditEntry] = []
        cursor = None
        while True:
            page = await store.audit.list(SYSTEM, limit=3, cursor=cursor)
            seen += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        assert tuple(seen) == whole
        assert len(whole) == 8  # two teams and six users were made

    async def test_failed_sign_ins_and_exports_are_in_it(
        self, store: Store, people: People
    ) -> None:
        with pytest.raises(UnauthenticatedError):
            await store.sessions.sign_in("agent", "wrong", address="192.0.2.7")
        await store.audit.note(people.actor("agent"), "export", "interactions", details={"n": "5"})
        newest = (await store.audit.list(SYSTEM, limit=2)).items
        found = {(e.action, tuple(sorted(e.details.items()))) for e in newest}
        assert ("export", (("n", "5"),)) in found
        assert ("sign-in-failed", (("address", "192.0.2.7"), ("login", "agent"))) in found

    async def test_agents_and_supervisors_do_not_read_it(
        self, store: Store, people: People
    ) -> None:
        for who in ("agent", "supervisor"):
            with pytest.raises(ForbiddenError):
                await store.audit.list(people.actor(who))
        entries = await store.audit.list(people.actor("admin"), target="users")
        assert len(entries.items) == 6
        assert (await store.audit.list(SYSTEM, user_id=people.agent.id)).items == ()
