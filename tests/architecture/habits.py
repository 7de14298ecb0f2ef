"""Ways of writing that one line gives away."""
import re

import tree

# (what is wrong, the line's pattern, files where it is right)
LINES = [
    ("a column is read by its number", r"\brows?\.(text|integer|blob|string|is_null)\(\d+\)", ()),
    ("a TRY that takes nothing names what it takes", r"\b(CO_)?TRY\(\[\[maybe_unused\]\] Unit\b", ()),
    ("columns stand in a macro", r"\s*#\s*define\s+\w*COLUMNS\b", ()),
    ("a lambda of several lines inside a co_await expression has no name",
     r"\bco_await\b[^;]*[(,]\s*\[[^\]]*\]\s*(\([^)]*\))?[^;{]*\{$", ()),
]
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\(")
LOOP = re.compile(r"\b(while|for) \(|\bdo \{")
# Routes whose handlers are given doors (docs/architecture.md, Tenants), and the services they would go round them with.
HANDLERS = re.compile(r"src/console/.*_routes\.(h|cc)|src/fleet/routes/bot_\w+_routes\.cc|src/meetings/routes/\w+_routes\.(h|cc)")
SERVICE = re.compile(r"\b(matrix::(?:Accounts|RoomActions|Feed|EphemeralFeed|MediaRepository)|"
                     r"identity::(?:Principals|Tenants|Sessions|ApiKeys|Audit)|BotService|"
                     r"life::Meetings|transcripts::Transcripts|recordings::Recordings|hooks::Webhooks|"
                     r"UserImports|store::Database|PeopleParts|ChatParts|host::Context) ?&|\.get<")
FILLED = re.compile(r"\b(\w+)(?:\.|->)(\w+) = \[(?!\[)")


def check_lines(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        for what, pattern, right in LINES:
            if str(path) not in right and re.search(pattern, line):
                yield f"{path}:{number}: {what}"


def check_sleeps(path, text):
    """A test that sleeps looks again afterwards, in a loop: a sleep for luck is too short one day."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if SLEEP.search(line) and not any(LOOP.search(near) for near in lines[max(0, number - 15):number]):
            yield f"{path}:{number}: a test sleeps outside a loop that looks again"


def check_filled(path, text):
    """A function member gets its value where the object is made. What a function fills in is its own: declared in it."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        for owner, member in FILLED.findall(line):
            own = re.compile(rf"[\w>*] {owner}( = |;|\{{|\()|^    ?(const )?auto {owner} = ")
            near = lines[max(0, number - 60):number]
            if owner.endswith("_") or not any(own.search(other) for other in near):
                yield f"{path}:{number}: {owner}.{member} is filled in after its construction"


MEMBER = re.compile(r"\bstd::(?:move_only_)?function<[^;]*>\s+(\w+_)(?:\s+GUARDED_BY\(\w+\))?;")


def check_members(path, text, all_text):
    """The same for a member of a class of its own: what was declared in the header gets no value by an assignment."""
    members = MEMBER.findall(text) + MEMBER.findall(all_text.get(str(path.with_suffix(".h")), ""))
    for number, line in enumerate(text.splitlines(), 1):
        for member in members:
            if re.match(rf"\s*(?:this->)?{member} = ", line):
                yield f"{path}:{number}: {member} is filled in after its construction"


def check_routes(path, text):
    """A route says who may call it: one of a group has to (api::Permission has no default), a bare one is read here."""
    for route in re.finditer(r"\bnet::route::Route (\w+);", text):
        name, rest = route.group(1), text[route.end():]
        own = rest[:re.search(r"\n\}|\Z", rest).start()]
        if not re.search(rf"\b{name}\.needs = ", own):
            yield f"{path}:{tree.line_of(text, route.start())}: the route does not say who may call it"


def check_handlers(path, text):
    """What a handler holds opens with a caller: nobody goes round the wall between tenants by forgetting to ask."""
    for number, line in enumerate(text.splitlines(), 1):
        if HANDLERS.fullmatch(str(path)) and SERVICE.search(line):
            yield f"{path}:{number}: a handler holds a service in place of a door"


def problems(root):
    found = []
    sources = [(path, text) for path, text in tree.files(root, ".h", ".cc") if path.parts[0] in ("src", "tests")]
    headers = {str(path): text for path, text in sources if path.suffix == ".h"}
    for path, text in sources:
        found += check_lines(path, text)
        if tree.is_of_tests(path):
            found += check_sleeps(path, text) if path.parts[:2] != ("tests", "tools") else []
        else:
            found += check_filled(path, text)
            found += check_members(path, text, headers)
            found += check_routes(path, text)
            found += check_handlers(path, text)
    return found
