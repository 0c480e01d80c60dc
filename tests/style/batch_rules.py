"""Names that two files of one room give to things of their own, in namespaces without a name: they meet where a batch has both files."""
import re

OPENS = re.compile(r"^(?:inline )?namespace(?: [\w:]+)? \{$")
DECLARED = (
    re.compile(r"^(?:class|struct|union|enum class|enum) (\w+)[^;]*$"),
    re.compile(r"^using (\w+) ="),
    re.compile(r"^(?:template <.*> ?)?(?:[\w:<>,*&\[\]. ]+[ *&])?(\w+)\(.*$"),
    re.compile(r"^(?:static |constexpr |const |inline |thread_local )*[\w:<>,*& ]+[ *&](\w+)(?:\[\w*\])*(?: =.*| ?\{.*|;)$"),
)
NO_NAMES = {"return", "if", "for", "while", "switch", "operator", "static_assert", "template", "requires", "noexcept", "decltype", "awaitable", "alignas"}


def names(lines):
    """(line number, enclosing named namespace, name) of what is declared at the top of namespaces without a name."""
    spaces = []  # of each open namespace: its name, "" for none
    template = False
    for number, text in enumerate(lines, 1):
        if OPENS.match(text):
            spaces.append(text.split("namespace")[1].strip(" {"))
            continue
        if re.match(r"^\} // namespace", text) and spaces:
            spaces.pop()
            continue
        if "" not in spaces or text[:1] in ("", " ", "}", "{", "#", "/", "\t", ":"):
            continue
        if "operator" in text or text.startswith(("namespace ", "alignas(", "using namespace ")):
            continue
        for pattern in DECLARED:
            found = pattern.match(text)
            if found and found[1] not in NO_NAMES:
                yield number, "::".join(s for s in spaces if s), found[1]
                break


def check(files):
    """files: path -> lines, of one room. Yields (path, line, text)."""
    seen = {}
    for path in sorted(files):
        mine = set()
        for number, space, name in names(files[path]):
            if (space, name) in seen and (space, name) not in mine and seen[(space, name)][0] != path:
                other, at = seen[(space, name)]
                yield path, number, f"{name} is also in {other}:{at}, and both are compiled in one batch"
            mine.add((space, name))
            seen.setdefault((space, name), (path, number))
