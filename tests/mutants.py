# SPDX-License-Identifier: GPL-2.0-only
"""Mutants of C source: which places of a file can be changed, and to what.

This needs a tokenizer and only a rough notion of blocks and statements: tests/mutate discards
what does not compile. Mutations keep the number of lines, so that __LINE__ does not change.
"""

import bisect
import collections
import re

TOKEN = re.compile(r"""
    (?P<skip>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<pp>^[ \t]*\#(?:\\\n|[^\n])*)
  | (?P<str>"(?:\\.|[^"\\])*")
  | (?P<chr>'(?:\\.|[^'\\])*')
  | (?P<num>(?:0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?)[uUlLfF]*)
  | (?P<id>[A-Za-z_]\w*)
  | (?P<op>\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[^\s\w])
""", re.VERBOSE | re.DOTALL | re.MULTILINE)

DEFINE = re.compile(r"[ \t]*#[ \t]*define[ \t]+\w+(?:\([^)]*\))?")

# Replacements of each operator. Those after the gap are mutated only where they are binary.
OPERATORS = {
    "<": ("<=", ">="), ">": (">=", "<="), "<=": ("<", ">"), ">=": (">", "<"),
    "==": ("!=",), "!=": ("==",), "&&": ("||",), "||": ("&&",), "<<": (">>",), ">>": ("<<",),
    "+=": ("-=",), "-=": ("+=",), "|=": ("&=",), "&=": ("|=",), "++": ("--",), "--": ("++",),
    "!": ("",),

    "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "&": ("|",), "|": ("&",),
}
BINARY_ONLY = set("+-*/&|")
WORDS = {"true": ("false",), "false": ("true",)}

CONTROL = {"if", "for", "while", "switch", "do", "else", "case", "default"}
KEYWORDS = CONTROL | {"return", "goto", "break", "continue", "sizeof"}
TYPES = {"void", "char", "int", "long", "short", "unsigned", "signed", "float", "double", "bool",
         "const", "static", "struct", "union", "enum", "register", "volatile", "extern", "typedef",
         "__int128"}
TYPE_NAME = re.compile(r"\w+_t$|__[usbl]e?\d+$|DIR$|FILE$")
CONSTANT = re.compile(r"[A-Z][A-Z0-9]*_\w+$")
ERRNO = re.compile(r"E[A-Z0-9]{2,}$")

# Their arguments are text for people, or assertions.
SILENT = re.compile(r"pr_\w+|DOC|assert|static_assert|_Static_assert|perror|__builtin_\w+")
# Functions that only release memory or a descriptor: finding leaks is the sanitizers' job.
RELEASE = re.compile(r"(\w*_)?(free|close|closedir|munmap|fclose|endwin|delscreen)$")

Token = collections.namedtuple("Token", "kind text start end")
# `choices`: texts that may stand instead of source[start:end].
Site = collections.namedtuple("Site", "path line what start end choices")


def tokenize(source):
    """Tokens of the program, and a list of tokens for each #define's body."""
    tokens, macros, pos = [], [], 0
    while pos < len(source):
        m = TOKEN.match(source, pos)
        if not m:
            raise ValueError(f"cannot tokenize at {source[pos:pos + 20]!r}")
        if m.lastgroup == "pp":
            macros.append(macro_body(m))
        elif m.lastgroup != "skip":
            tokens.append(Token(m.lastgroup, m.group(), m.start(), m.end()))
        pos = m.end()
    return tokens, [body for body in macros if body]


def macro_body(directive):
    define = DEFINE.match(directive.group())
    if not define:
        return []
    # Blank out line continuations without moving anything.
    text = directive.group()[define.end():].replace("\\\n", " \n")
    start = directive.start() + define.end()
    return [Token(m.lastgroup, m.group(), start + m.start(), start + m.end())
            for m in TOKEN.finditer(text) if m.lastgroup not in ("skip", "pp")]


def match_brackets(tokens):
    """Index of the bracket that belongs to each bracket."""
    stack, partner = [], {}
    for i, t in enumerate(tokens):
        if t.kind == "op" and t.text in "([{":
            stack.append(i)
        elif t.kind == "op" and t.text in ")]}" and stack:
            partner[i] = stack.pop()
            partner[partner[i]] = i
    return partner


class File:
    """A C file and its mutation sites."""

    def __init__(self, path, source):
        self.path, self.source = path, source
        self.sites, self.inside, self.dimensions = [], [], set()
        self.lines = [m.start() for m in re.finditer("^", source, re.MULTILINE)]
        self.tokens, macros = tokenize(source)
        self.partner = match_brackets(self.tokens)
        self.siblings = self.find_siblings([*self.tokens, *sum(macros, [])])
        self.kinds = self.block_kinds()
        self.silent = self.silent_ranges()
        for i, t in enumerate(self.tokens):
            if t.text == "{" and self.kinds[i] == "init":
                self.swaps(i)
            elif t.text == "{" and self.kinds[i] == "code":
                self.statements(i)
        self.find_dimensions()
        for i, t in enumerate(self.tokens):
            if not self.silent[i] and self.kinds.get(self.inside[i]) != "type":
                self.token_sites(self.tokens, i, t)
        for body in macros:
            for i, t in enumerate(body):
                self.token_sites(body, i, t)
        self.sites.sort()

    def site(self, what, start, end, *choices):
        old = self.source[start:end]
        choices = tuple(c for c in choices if c != old)
        if choices:
            line = bisect.bisect_right(self.lines, start)
            self.sites.append(Site(self.path, line, what, start, end, choices))

    @staticmethod
    def family(word):
        """Constants of one family (roughly: one enum) replace one another."""
        if ERRNO.match(word):
            return "errno"
        if not CONSTANT.match(word):
            return None
        return "_".join(word.split("_")[:2 if word.startswith("S2_") else 1])

    def find_siblings(self, tokens):
        families = collections.defaultdict(set)
        for t in tokens:
            if t.kind == "id" and self.family(t.text):
                families[self.family(t.text)].add(t.text)
        return {name: sorted(words) for name, words in families.items()}

    def block_kinds(self):
        """Kind of each block: code, init (an initializer) or type. Also sets self.inside."""
        kinds, stack = {}, []
        for i, t in enumerate(self.tokens):
            if t.text == "}" and stack:
                stack.pop()
            self.inside.append(stack[-1] if stack else None)
            if t.text == "{":
                kinds[i] = self.block_kind(i, kinds.get(stack[-1]) if stack else None)
                stack.append(i)
        return kinds

    def block_kind(self, i, outer):
        before = self.tokens[i - 1] if i else None
        if outer in ("init", "type"):
            return outer
        if not before or before.text in ("=", ","):
            return "init"
        if before.text == ")":
            head = self.partner.get(i - 1, 0)
            cast = self.tokens[head - 1].kind == "op" or self.tokens[head - 1].text == "return"
            return "init" if cast and outer == "code" else "code"
        if before.text in ("enum", "struct", "union") or self.tokens[i - 2].text in (
                "enum", "struct", "union"):
            return "type"
        return "code"

    def silent_ranges(self):
        silent = [False] * len(self.tokens)
        for i, t in enumerate(self.tokens):
            if t.kind == "id" and SILENT.fullmatch(t.text) and i + 1 in self.partner:
                for j in range(i, self.partner[i + 1] + 1):
                    silent[j] = True
        return silent

    def text(self, first, last):
        return self.source[self.tokens[first].start:self.tokens[last].end]

    def swaps(self, opening):
        """Swap adjacent elements of an initializer."""
        elements, first, i = [], opening + 1, opening + 1
        closing = self.partner[opening]
        while i <= closing:
            t = self.tokens[i]
            if t.text in (",", "}") and (t.text == "," or i == closing):
                if first < i:
                    elements.append((first, i - 1))
                first = i + 1
            elif t.text in ("(", "[", "{"):
                i = self.partner[i]
            i += 1
        for (a, b), (c, d) in zip(elements, elements[1:]):
            if self.silent[a] or self.silent[c]:
                continue
            between = self.source[self.tokens[b].end:self.tokens[c].start]
            self.site("swap", self.tokens[a].start, self.tokens[d].end,
                      self.text(c, d) + between + self.text(a, b))

    def statements(self, opening):
        """Drop statements of a block, negate conditions."""
        i, end = opening + 1, self.partner[opening]
        while i < end:
            t = self.tokens[i]
            if t.text in ("if", "while", "for", "switch") and i + 1 in self.partner:
                last = self.partner[i + 1]
                if t.text in ("if", "while"):
                    self.negate(i + 1, last)
                i = last + 1
            elif t.text in ("else", "do", ";", "}"):
                i += 1
            elif t.text == "{":
                i = self.partner[i] + 1 # a nested block: __init__ visits it
            elif t.text in ("case", "default"):
                while self.tokens[i].text != ":":
                    i += 1
                i += 1
            else:
                i = self.statement(i, end) + 1

    def statement(self, first, end):
        """Index of the semicolon that ends it, or of what precedes a brace that opens a block."""
        i = first
        while i < end and self.tokens[i].text != ";":
            if self.tokens[i].text == "{" and self.kinds[i] == "code":
                return i - 1
            i = self.partner[i] if self.tokens[i].text in ("(", "[", "{") else i
            i += 1
        if not self.silent[first] and not self.declares(first) and not self.releases(first):
            start, stop = self.tokens[first].start, self.tokens[i].end
            gone = "\n" * self.source.count("\n", start, stop)
            what = "early return" if self.tokens[first].text == "return" else "statement"
            self.site(what, start, stop, ";" + gone)
        return i

    def declares(self, i):
        t, after = self.tokens[i], self.tokens[i + 1]
        if t.text == "(" and after.text == "void":
            return True # (void)unused
        if t.text in TYPES or TYPE_NAME.match(t.text):
            return True
        if t.kind != "id" or t.text in KEYWORDS:
            return False
        while after.text == "*":
            i += 1
            after = self.tokens[i + 1]
        return after.kind == "id" and self.tokens[i + 2].text in ("=", ";", ",", "[")

    def releases(self, i):
        return bool(RELEASE.match(self.tokens[i].text)) and self.tokens[i + 1].text == "("

    def negate(self, opening, closing):
        inner = self.tokens[opening + 1:closing]
        words = {t.text for t in inner}
        if self.silent[opening] or not words & {"&&", "||"} and (
                inner[0].text == "!" or words & {"<", ">", "<=", ">=", "==", "!="}):
            return # mutating the operator does the same
        start, end = self.tokens[opening].start, self.tokens[closing].end
        self.site("negation", start, end, f"(!{self.source[start:end]})")

    def find_dimensions(self):
        """Find the sizes in array declarations: tests cannot observe spare room."""
        for i, t in enumerate(self.tokens):
            if t.text != "[" or not self.declared_array(i):
                continue
            self.dimensions.update(range(i, self.partner[i]))

    def declared_array(self, i):
        """Is the bracket part of a declarator rather than an index or an initializer?"""
        j = i - 1
        if self.tokens[j].kind != "id" and self.tokens[j].text != "]":
            return False
        while j >= 0 and self.tokens[j].text not in (";", "{", "}", "=", "("):
            j = self.partner[j] if self.tokens[j].text in (")", "]") else j
            j -= 1
        if self.tokens[j].text in ("=", "("):
            return False
        return self.declares(j + 1)

    def is_value(self, tokens, i):
        """Does token i end an operand, so that an operator after it is binary?"""
        t = tokens[i]
        if t.kind in ("num", "str", "chr"):
            return True
        if t.kind == "id":
            return t.text not in KEYWORDS | TYPES
        if t.text == ")" and tokens is self.tokens:
            head = self.tokens[self.partner.get(i, 0) + 1]
            return not (head.text in TYPES or TYPE_NAME.match(head.text))
        return t.text in (")", "]")

    def token_sites(self, tokens, i, t):
        if t.kind == "op" and t.text in OPERATORS:
            spaced = self.source[t.start - 1].isspace() and self.source[t.end].isspace()
            if t.text in BINARY_ONLY and not (i and spaced and self.is_value(tokens, i - 1)):
                return
            self.site("operator", t.start, t.end, *OPERATORS[t.text])
        elif t.kind == "num" and not (tokens is self.tokens and self.harmless_number(i)):
            self.site("constant", t.start, t.end, *self.next_to(t.text))
        elif t.kind == "chr" or t.kind == "str" and re.fullmatch(r'"\\?."', t.text):
            quote = t.text[0]
            self.site("character", t.start, t.end, f"{quote};{quote}", f"{quote}q{quote}")
        elif t.kind == "id" and t.text in WORDS:
            self.site("constant", t.start, t.end, *WORDS[t.text])
        elif t.kind == "id" and self.family(t.text) and not self.fixed_word(tokens, i):
            self.site("constant", t.start, t.end, *self.siblings[self.family(t.text)])

    def fixed_word(self, tokens, i):
        """Is it a macro with arguments, or the size of an array?"""
        if tokens is self.tokens and i in self.dimensions:
            return True
        return i + 1 < len(tokens) and tokens[i + 1].text == "("

    def harmless_number(self, i):
        """Spare room, be it of an array or of calloc(n, ...), cannot be observed."""
        around = "".join(t.text for t in self.tokens[i - 1:i + 2])
        calloc = i > 1 and self.tokens[i - 2].text == "calloc" and self.tokens[i - 1].text == "("
        return i in self.dimensions or around == "{0}" or calloc

    @staticmethod
    def next_to(number):
        m = re.fullmatch(r"(?:(0[xX])([0-9a-fA-F]+)|(\d+))([uUlL]*)", number)
        if not m:
            return [f"({number} + 1)"]
        value = int(m.group(2), 16) if m.group(1) else int(m.group(3))
        near = [value + 1, value - 1] if value else [1]
        return [(hex(n) if m.group(1) else str(n)) + m.group(4) for n in near]


def draw(files, rng):
    """Yield all mutants as (site, text) in random order: one per source line in each round."""
    lines = collections.defaultdict(list)
    for f in files:
        for site in f.sites:
            lines[site.path, site.line].append(site)
    left = list(lines.values())
    for sites in left:
        rng.shuffle(sites)
    while left:
        rng.shuffle(left)
        for sites in left:
            site = sites.pop()
            yield site, rng.choice(site.choices)
        left = [sites for sites in left if sites]
