"""A pretended PBX for tests of the floor: tell it what happens, get the events Asterisk would send."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from callcore import events as ev
from callcore.events import Channel, ChannelState, Party
from callcore.ids import Extension, Linkedid, PbxId, QueueName, Uniqueid

if TYPE_CHECKING:
    from callcore.events import Event

LAB = PbxId("lab")
START = datetime(2026, 11, 24, 9, 0, 0, tzinfo=UTC)
ANNA = Party("+4915112345678", "Anna")
SUPPORT = QueueName("support")

Stamp = tuple[PbxId, int, datetime]


@dataclass
class PretendPbx:
    """Every method makes one event, a `tick` after the one before, and remembers it in `told`."""

    told: list[Event] = field(default_factory=list)
    now: datetime = START
    tick: timedelta = timedelta(seconds=1)
    channels: dict[int, Channel] = field(default_factory=dict)

    def by(self) -> Stamp:
        self.now += self.tick
        return (LAB, len(self.told) + 1, self.now)

    def tell(self, event: Event) -> Event:
        self.told.append(event)
        return event

    def channel(self, number: int, **changes: object) -> Channel:
        self.channels[number] = replace(self.channels[number], **changes)  # type: ignore[arg-type]
        return self.channels[number]

    def create(
        self,
        number: int,
        endpoint: str,
        *,
        linked: int | None = None,
        caller: Party = ANNA,
        **more: str | Party,
    ) -> Event:
        """Channel `number` of `endpoint`, in the call that channel `linked` began."""
        name = endpoint if "/" in endpoint else f"PJSIP/{endpoint}-{number:08x}"
        self.channels[number] = Channel(
            uniqueid=Uniqueid(f"lab-1700000000.{number}"),
            linkedid=Linkedid(f"lab-1700000000.{number if linked is None else linked}"),
            name=name,
            state=ChannelState.DOWN,
            caller=caller,
            **more,  # type: ignore[arg-type]
        )
        return self.tell(ev.ChannelCreated(*self.by(), self.channels[number]))

    def state(self, number: int, state: ChannelState) -> Event:
        return self.tell(ev.ChannelChanged(*self.by(), self.channel(number, state=state)))

    def calls_in(self, number: int) -> Event:
        return self.state(number, ChannelState.RING)

    def rings(self, number: int) -> Event:
        return self.state(number, ChannelState.RINGING)

    def answers(self, number: int) -> Event:
        return self.state(number, ChannelState.UP)

    def links(self, number: int, linked: int) -> Event:
        """Asterisk lets the channel bear another linkedid, and mentions it."""
        linkedid = Linkedid(f"lab-1700000000.{linked}")
        return self.tell(ev.ChannelChanged(*self.by(), self.channel(number, linkedid=linkedid)))

    def dials(self, source: int | None, dest: int) -> Event:
        caller = None if source is None else self.channels[source]
        return self.tell(ev.DialBegan(*self.by(), caller, self.channels[dest]))

    def dial_ends(self, source: int | None, dest: int, status: str) -> Event:
        caller = None if source is None else self.channels[source]
        return self.tell(ev.DialEnded(*self.by(), caller, self.channels[dest], status))

    def enters(self, number: int, bridge: str = "b", *, holding: bool = False) -> Event:
        return self.tell(
            ev.BridgeEntered(*self.by(), bridge, self.channels[number], holding=holding)
        )

    def leaves(self, number: int, bridge: str = "b") -> Event:
        return self.tell(ev.BridgeLeft(*self.by(), bridge, self.channels[number]))

    def holds(self, number: int) -> Event:
        return self.tell(ev.HoldBegan(*self.by(), self.channels[number]))

    def unholds(self, number: int) -> Event:
        return self.tell(ev.HoldEnded(*self.by(), self.channels[number]))

    def queues(self, number: int, queue: QueueName = SUPPORT) -> Event:
        return self.tell(ev.QueueJoined(*self.by(), queue, self.channels[number], 1))

    def leaves_queue(self, number: int, queue: QueueName = SUPPORT) -> Event:
        return self.tell(ev.QueueLeft(*self.by(), queue, self.channels[number]))

    def abandons(self, number: int, queue: QueueName = SUPPORT) -> Event:
        return self.tell(ev.QueueAbandoned(*self.by(), queue, self.channels[number], 5.0))

    def ends(self, number: int, cause: int = 16) -> Event:
        return self.tell(ev.ChannelEnded(*self.by(), self.channels[number], cause))

    def loses_link(self) -> Event:
        return self.tell(ev.LinkLost(*self.by(), "connection reset"))

    def lists(
        self,
        *numbers: int,
        bridge: str = "",
        boot: datetime = START - timedelta(days=1),
        waiting: tuple[int, ...] = (),
    ) -> Event:
        """A snapshot in which only the channels `numbers` live."""
        by = self.by()
        channels = tuple(
            ev.LiveChannel(self.channels[number], bridge, self.now - timedelta(seconds=30))
            for number in numbers
        )
        queued = tuple(ev.QueueJoined(*by, SUPPORT, self.channels[each], 1) for each in waiting)
        return self.tell(ev.SnapshotTaken(*by, boot, channels, queued))

    # --- whole stories ---------------------------------------------------------------------

    def customer_calls(self, number: int = 1, did: str = "+4930100") -> None:
        self.create(number, "trunk-a", exten=did)
        self.calls_in(number)

    def phone_rings(self, number: int = 2, extension: str = "1001", *, caller: int = 1) -> None:
        linked = int(self.channels[caller].linkedid.rpartition(".")[2])
        self.create(number, extension, linked=linked, caller=Party(extension))
        self.dials(caller, number)
        self.rings(number)

    def phone_takes(self, number: int = 2, *, caller: int = 1, bridge: str = "b") -> None:
        self.answers(number)
        self.dial_ends(caller, number, "ANSWER")
        if self.channels[caller].state is not ChannelState.UP:
            self.answers(caller)
        self.enters(number, bridge)
        self.enters(caller, bridge)

    def conversation(self) -> None:
        """A customer calls and talks to 1001; nobody has hung up yet."""
        self.customer_calls()
        self.phone_rings()
        self.phone_takes()

    def both_hang_up(self, caller: int = 1, phone: int = 2, bridge: str = "b") -> None:
        self.tick = timedelta(milliseconds=1)
        self.leaves(phone, bridge)
        self.leaves(caller, bridge)
        self.ends(phone)
        self.ends(caller)


ANN, BEN = Extension("1001"), Extension("1002")


def story() -> PretendPbx:
    """A busy minute: a queue whose phones all ring, a consult that becomes a transfer, one who gives up."""
    pbx = PretendPbx()
    pbx.customer_calls(1)
    pbx.answers(1)
    pbx.queues(1)
    pbx.customer_calls(10)
    pbx.answers(10)
    pbx.queues(10)
    pbx.phone_rings(2, "1001")
    pbx.phone_rings(3, "1002")
    pbx.phone_takes(2)
    pbx.leaves_queue(1)
    pbx.dial_ends(1, 3, "CANCEL")
    pbx.ends(3, 26)
    pbx.abandons(10)
    pbx.leaves_queue(10)
    pbx.ends(10)
    pbx.holds(2)
    pbx.create(20, "1001", caller=Party("1001"), exten="1003")
    pbx.calls_in(20)
    pbx.phone_rings(21, "1003", caller=20)
    pbx.phone_takes(21, caller=20, bridge="c")
    pbx.leaves(2)
    pbx.ends(2)
    pbx.leaves(21, "c")
    pbx.leaves(20, "c")
    pbx.channel(21, linkedid=pbx.channels[1].linkedid)
    pbx.enters(21, "b")
    pbx.ends(20)
    pbx.both_hang_up(phone=21)
    return pbx
