"""Whom the page can ask as: the sample people and nobody, what each may read, and who of them may reindex."""

from dataclasses import dataclass

from core.messages import Address, Asker
from core.settings import Settings
from platforms.playground.directory import NOBODY, Directory

HERE = "playground:local:"  # before a person's id, as the settings `admins` and `groups` name people


@dataclass(frozen=True, slots=True)
class Visitor:
    """`groups` are those whose documents they may read beside the public ones; `name` is "" for nobody."""

    id: str
    name: str
    groups: tuple[str, ...]
    admin: bool

    @property
    def asked_as(self) -> str:
        """What stands in the page's address and in what it sends: "" for nobody."""
        return "" if self.id == NOBODY else self.id

    @property
    def asker(self) -> Asker:
        return Asker(id=self.id, direct=True)

    def address(self, thread: str) -> Address:
        """A thread of theirs: nobody else's jobs and memory have this address."""
        return Address(platform="playground", tenant="local", channel=self.id, thread=thread)


class Who:
    """The people of the file that the settings name. Raises SettingsError when it cannot be read."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._people = settings, Directory(settings.people).people

    def visitor(self, name: str) -> Visitor:
        """This sample person; nobody for every other name."""
        person = self._people.get(name)
        if person is None:
            return Visitor(NOBODY, "", self._groups(NOBODY), self._named(NOBODY))
        groups = sorted({*person.groups, *self._groups(person.id)})
        return Visitor(person.id, person.name, tuple(groups), person.admin or self._named(person.id))

    def everybody(self) -> list[Visitor]:
        """Nobody first, then the people in the file's order."""
        return [self.visitor(name) for name in (NOBODY, *self._people)]

    def name(self, user: str) -> str:
        """How a person reads in a sentence: the name of a sample person, else the id."""
        return self._people[user].name if user in self._people else user

    def _groups(self, user: str) -> tuple[str, ...]:
        return tuple(sorted(group for group, members in self._settings.groups.items() if HERE + user in members))

    def _named(self, user: str) -> bool:
        return HERE + user in self._settings.admins
