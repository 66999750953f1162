"""Choices of a slider that have names."""


class Choice(int):
    """A position from 1 on, which a slider shows by its name."""

    def __new__(cls, position, name):
        choice = super().__new__(cls, position)
        choice.name = name
        return choice

    def __getnewargs__(self):
        return int(self), self.name

    def __format__(self, spec):
        return self.name if spec == "d" else super().__format__(spec)


def choices(names):
    """Return the values of a slider: a `Choice` for each name, from 1 on."""
    return tuple(Choice(position, name) for position, name in enumerate(names, start=1))
