"""Places that do not keep a rule yet: (beginning of a path, words of what is said of it). One that keeps it leaves the list:
layers.py names it."""

WAITING = [

]


def waits(problem, entry):
    return problem.startswith(entry[0]) and entry[1] in problem


def without_waiting(problems):
    """The problems that nobody waits for, and entries that nothing needs any more."""
    left = [problem for problem in problems if not any(waits(problem, entry) for entry in WAITING)]
    idle = [f"waiting.py: nothing in {entry[0]} is told {entry[1]!r} any more"
            for entry in WAITING if not any(waits(problem, entry) for problem in problems)]
    return left, idle
