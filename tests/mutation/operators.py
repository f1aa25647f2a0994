"""The ways in which a line of C++ is changed, each a small mistake that somebody could make."""

import re

# Binary operators stand between blanks here (clang-format), and so are told from templates, references and pointers.
REPLACED = {
    "relational": {" < ": [" <= ", " >= "], " <= ": [" < ", " > "], " > ": [" >= ", " <= "], " >= ": [" > ", " < "], " == ": [" != "], " != ": [" == "]},
    "arithmetic": {" + ": [" - "], " - ": [" + "], " * ": [" / "], " / ": [" * "], " += ": [" -= "], " -= ": [" += "], " % ": [" / "],
                   "++": ["--"], "--": ["++"]},
    "logical": {" && ": [" || "], " || ": [" && "], "true": ["false"], "false": ["true"]},
}
NUMBER = re.compile(r"(?<![\w.\"'])(\d+\.\d+|\d+)(?![\w.'\"])")
CONDITION = re.compile(r"\b(if|while) \((?!constexpr)([^;]+)\) \{$")
STATEMENT = re.compile(r"^\s+(?!return|using|case|default|else|static_assert|typedef|friend|goto)[\w:*>.\[\]()\-]+(?: [-+*/|&]?= .+|\(.*\)|\+\+|--)?;$")
DECLARATION = re.compile(r"^\s+(?:const |constexpr |static |auto |[\w:]+(?:<[^;=]*>)?[&*]? )[\w:]+(?: = .+|\{.*\}|\(.*\))?;$")
JUMP = re.compile(r"^\s+(?:continue|break|throw .+);$")
RETURN = re.compile(r"^(\s+return) ([^;{}]+);$")
CALL = re.compile(r"\((\w[\w.\->\[\]]*), (\w[\w.\->\[\]]*)\)")


def code_of(line):
    """The line without its comment and with its texts blanked, so that places are the same; "" for what is not mutated."""
    if line.lstrip().startswith(("#", "//", "template", "static_assert", "using ", "namespace", "enum", "struct", "class", "friend", "SYNCACHE_")):
        return ""
    line = re.sub(r'"(?:[^"\\]|\\.)*"', lambda text: '"' + " " * (len(text[0]) - 2) + '"', line)
    return line.split("//")[0].rstrip()


def mutants_of(line):
    """[(operator, mutated line)]."""
    code, found = code_of(line), []
    if not code:
        return found
    for name, table in REPLACED.items():
        for old, news in table.items():
            word = r"\b" if old[0].isalpha() else ""
            for place in re.finditer(word + re.escape(old) + word, code):
                is_loop = name == "relational" and re.match(r"\s*for \(", code)
                found += [("bound" if is_loop else name, line[:place.start()] + new + line[place.end():]) for new in news]
    for place in NUMBER.finditer(code):
        text = place[0]
        more = f"{float(text) + 1.0}" if "." in text else str(int(text) + 1)
        found.append(("constant", line[:place.start()] + more + line[place.end():]))
        if float(text) not in (0.0, 1.0):
            found.append(("constant", line[:place.start()] + ("0.0" if "." in text else "0") + line[place.end():]))
    if condition := CONDITION.search(code):
        begin, end = condition.span(2)
        found.append(("logical", f"{line[:begin]}!({line[begin:end]}){line[end:]}"))
    if (STATEMENT.match(code) and not DECLARATION.match(code)) or JUMP.match(code):
        found.append(("deletion", re.match(r"\s*", line)[0] + ";"))
    if value := RETURN.match(code):
        begin, end = value.span(2)
        if value[2] not in ("true", "false"):
            found.append(("return", line[:begin] + "{}" + line[end:]))
    for place in CALL.finditer(code):
        first, second = place.span(1), place.span(2)
        if place[1] != place[2]:
            found.append(("swap", line[:first[0]] + line[second[0]:second[1]] + ", " + line[first[0]:first[1]] + line[second[1]:]))
    return found
