"""House rules for statements with co_await, because g++ 12 miscompiles what breaks them (docs/compiler-notes.md).

[one-await]      more than one co_await in a statement
[await-lambda]   a lambda that captures anything but references, in a statement with co_await
[await-braces]   an object built with braces, in a statement with co_await (an aggregate, as far as text can tell)
[await-ternary]  ?: in a statement with co_await, but for one whose arms are numbers, names or enumerators
[await-shift]    co_await in a chain of <<
[await-throw]    throw of an object that is made from what is awaited
[await-new]      new of an object that is made from what is awaited

This reads text, not types: a false alarm is answered with `style: allow(RULE) why` on one of the statement's lines.
"""
import re

TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<d>[^()\\\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'"""
    r"""|^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*|[A-Za-z_]\w*|\d[\w'.]*|<<=|>>=|<<|>>|::|->|&&|\|\||\n|\S""",
    re.S | re.M)
# What may stand before the brace of a block, beside the closing parenthesis of its condition or parameters.
BLOCK_WORDS = {"else", "do", "try", "const", "noexcept", "override", "final", "mutable"}
TYPE_WORDS = {"struct", "class", "enum", "union", "namespace", "extern"}


def tokens_of(text):
    """(line, token) without comments, literals (a literal becomes the token 0) and preprocessor lines; and the allowed rules."""
    tokens, allowed, line = [], {}, 1
    for found in TOKEN.finditer(text):
        token = found[0]
        if token.startswith(("//", "/*")):
            for rule in re.findall(r"style: allow\(([\w-]+)\)", token):
                allowed.setdefault(line, set()).add(rule)
        elif token[0] in "\"'" or token.startswith('R"'):
            tokens.append((line, "0"))
        elif token != "\n" and not token.lstrip().startswith("#"):
            tokens.append((line, token))
        line += token.count("\n")
    return tokens, allowed


class Statement:
    def __init__(self):
        self.tokens = []   # (line, token) of this level only: the bodies of lambdas are statements of their own
        self.lambdas = []  # capture lists
        self.braces = 0    # objects built with braces
        self.depth = 0     # open parentheses


def is_lambda_bracket(statement):
    """A bracket opens a lambda where no operand stands before it."""
    if not statement.tokens:
        return True
    before = statement.tokens[-1][1]
    return before in {"return", "co_return", "co_await", "co_yield"} or not (before[-1].isalnum() or before[-1] in "_)]>")


def opens_block(statement):
    words = [t for _, t in statement.tokens]
    if not words:
        return True
    if statement.depth == 0 and (words[0] in TYPE_WORDS or (words[0] == "template" and TYPE_WORDS & set(words))):
        return "=" not in words
    if words[-1] in BLOCK_WORDS or (words[-1] == ")" and statement.depth == 0):
        return True
    # A function or constructor with a return type or initialisers: f() -> type {   or   f() : a_(1) {
    return statement.depth == 0 and "->" in words and ")" in words and "=" not in words and "co_await" not in words


def makes_objects(words):
    """A ?: with an arm that calls something or awaits: what it yields may be a temporary with a destructor."""
    for start, word in enumerate(words):
        if word != "?":
            continue
        depth = 0
        for word, after in zip(words[start + 1:], words[start + 2:] + [";"]):
            if word == "co_await" or word == "0" and after != ":" and after not in {")", ",", ";"}:
                return True
            if depth == 0 and word in {",", ";", ")"}:
                break
            if (word[0].isalpha() or word[0] in "_>") and after in {"(", "{"}:
                return True
            depth += (word in "([{") - (word in ")]}")
    return False


def judge(statement, findings, allowed):
    words = [t for _, t in statement.tokens]
    awaits = words.count("co_await")
    if not awaits:
        return
    first, last = statement.tokens[0][0], statement.tokens[-1][0]
    line = statement.tokens[words.index("co_await")][0]
    broken = []
    if awaits > 1:
        broken.append(("one-await", "more than one co_await in a statement"))
    for captures in statement.lambdas:
        if any(c and not c.startswith("&") and c != "this" for c in captures):
            broken.append(("await-lambda", "a lambda that captures by value in a statement with co_await"))
            break
    if statement.braces:
        broken.append(("await-braces", "an object built with braces in a statement with co_await"))
    if "?" in words and makes_objects(words):
        broken.append(("await-ternary", "?: that awaits or makes an object, in a statement with co_await"))
    if "<<" in words:  # ">>" mostly closes template arguments
        broken.append(("await-shift", "co_await in a chain of <<"))
    if words[0] == "throw":
        broken.append(("await-throw", "throw of an object that is made from what is awaited"))
    if "new" in words[:words.index("co_await")]:
        broken.append(("await-new", "new of an object that is made from what is awaited"))
    for rule, text in broken:
        if not any(rule in allowed.get(n, ()) for n in range(first - 1, last + 1)):
            findings.append((line, rule, text))


def check(text):
    """A list of (line, rule, text)."""
    tokens, allowed = tokens_of(text)
    findings = []
    statement, outer = Statement(), []  # outer: (statement, what its brace is)
    i = 0
    while i < len(tokens):
        line, token = tokens[i]
        if token == "[" and is_lambda_bracket(statement) and i + 1 < len(tokens) and tokens[i + 1][1] != "[":
            depth, j, captures, current = 1, i + 1, [], ""
            while j < len(tokens) and depth:
                word = tokens[j][1]
                depth += (word in "([{") - (word in ")]}")
                if depth == 0 or (word == "," and depth == 1):
                    captures.append(current)
                    current = ""
                else:
                    current += word
                j += 1
            # Up to the body's brace: parameters, specifiers, return type.
            depth = 0
            while j < len(tokens) and not (tokens[j][1] == "{" and depth == 0):
                if depth == 0 and tokens[j][1] in ";)]}":
                    break
                depth += (tokens[j][1] in "([") - (tokens[j][1] in ")]")
                j += 1
            if j < len(tokens) and tokens[j][1] == "{":
                statement.lambdas.append(captures)
                outer.append((statement, "lambda"))
                statement = Statement()
                i = j + 1
                continue
        if token == "{":
            kind = "block" if opens_block(statement) else "object"
            if kind == "block":
                judge(statement, findings, allowed)
                outer.append((statement, kind))
                statement = Statement()
            else:
                empty = i + 1 < len(tokens) and tokens[i + 1][1] == "}"
                statement.braces += not empty
                statement.depth += 1
                outer.append((statement, kind))
        elif token == "}":
            if outer:
                before, kind = outer.pop()
                if kind == "object":
                    statement.depth -= 1
                else:
                    judge(statement, findings, allowed)
                    statement = before if kind == "lambda" else Statement()
                    if kind == "lambda":
                        statement.tokens.append((line, "0"))
        elif token == ";" and statement.depth == 0:
            judge(statement, findings, allowed)
            statement = Statement()
        elif token == ";":  # inside for (;;): its parts are statements of their own
            judge(statement, findings, allowed)
            depth = statement.depth
            statement = Statement()
            statement.depth = depth
        else:
            statement.depth += (token in ("(", "[")) - (token in (")", "]"))
            statement.tokens.append((line, token))
            # The condition is a full expression of its own, apart from what it governs.
            if token == ")" and statement.depth == 0 and statement.tokens[0][1] in {"if", "while", "for", "switch"}:
                judge(statement, findings, allowed)
                statement = Statement()
        i += 1
    judge(statement, findings, allowed)
    return findings


SAMPLES = [
    ("void f() { auto a = co_await g(); auto b = co_await h(a); }", []),
    ("void f() { auto a = co_await g(co_await h()); }", ["one-await"]),
    ("void f() { if (co_await a()) { co_await b(); } else { co_await c(); } }", []),
    ("void f() { while (auto r = co_await a()) co_await b(r); }", []),
    ("void f() { if (auto r = co_await a(co_await c())) d(); }", ["one-await"]),
    ("void f() { for (int i = 0; i < n; ++i) { auto r = co_await b(i); } }", []),
    ("void f() { co_await g([x] { return x; }); }", ["await-lambda"]),
    ("void f() { co_await g([&x, this] { return x; }); }", []),
    ("void f() { co_await g([s = std::move(s)]() mutable { use(s); }); }", ["await-lambda"]),
    ("void f() { run([x]() -> awaitable<void> { co_await a(); auto b = co_await c(); }); }", []),
    ("void f() { auto l = [x]() -> awaitable<void> { co_await a(co_await b()); }; }", ["one-await"]),
    ("void f() { co_await g(options{.name = n}); }", ["await-braces"]),
    ("void f() { co_await g({a, b}); }", ["await-braces"]),
    ("void f() { co_await g(options{}); }", []),
    ("void f() { auto o = options{n}; co_await g(o); }", []),
    ("awaitable<int> f(int a) { co_return co_await g(a); }", []),
    ("auto f() -> awaitable<int> { co_return co_await g(a); }", []),
    ("void f() { auto v = x ? co_await a() : b; }", ["await-ternary"]),
    ("void f() { auto v = co_await a(x ? text() : other); }", ["await-ternary"]),
    ("void f() { auto v = co_await a(x ? b : std::string(c), d); }", ["await-ternary"]),
    ("void f() { auto v = co_await a(x ? stream::normal : stream::error, y ? 1 : 2); }", []),
    ("void f() { auto v = co_await a(x ? 1 : 2); }", []),
    ("void f() { out << co_await a() << b; }", ["await-shift"]),
    ("void f() { std::optional<result<int>> r = co_await a(); }", []),
    ("void f() { throw error(co_await a()); }", ["await-throw"]),
    ("void f() { const failure why = co_await a(); throw error(why); }", []),
    ("void f() { std::unique_ptr<x> p(new x(co_await a())); }", ["await-new"]),
    ("void f() { auto p = std::make_unique<x>(co_await a()); }", []),
    ("// co_await co_await\nvoid f() { g(\"co_await co_await\"); }", []),
    ("void f() {\n    // style: allow(one-await) the frames hold nothing but integers\n    g(co_await a(), co_await b());\n}", []),
    ("void f() { array[i] = co_await g(table[j]); }", []),
    ("struct s { awaitable<void> f() { co_await a(); } int b = 1'000; awaitable<void> g() { co_await c(); } };", []),
    ("TEST_CASE(\"x\") { run([&]() -> awaitable<void> { REQUIRE(co_await a() == 1); }); }", []),
    ("void f() { try { co_await a(); } catch (const error& e) { b(e); } co_await c(); }", []),
    ("void f() { switch (co_await a()) { case 1: co_await b(); break; default: co_await c(); } }", []),
    ("class c : public d { public: c() : a_(1), b_{2} {} awaitable<void> f(); };\nvoid g() { co_await x(); }", []),
]


def self_test():
    wrong = 0
    for text, expected in SAMPLES:
        found = [rule for _, rule, _ in check(text)]
        if found != expected:
            wrong += 1
            print(f"expected {expected}, found {found} in:\n{text}")
    print(f"{len(SAMPLES)} samples, {wrong} judged wrongly")
    return 1 if wrong else 0
