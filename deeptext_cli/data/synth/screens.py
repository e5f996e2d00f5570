"""Lines of screens: source code, shells, logs, settings, paths, addresses, menus.

What sets them apart from print is the signs: underscores, brackets, slashes and quotation marks
stand where no sentence has them, and a sign more or less is an error.
"""

from __future__ import annotations

from collections.abc import Callable

from deeptext_cli.data.synth.corpus import Corpus
from deeptext_cli.data.synth.dice import Dice, Weighted
from deeptext_cli.data.synth.figures import date, digits, mail, number, percent, when

_KEYWORDS = ("if", "for", "while", "return", "def", "class", "import", "from", "with", "try:",
             "else:", "elif", "except", "async", "await", "let", "const", "var", "function", "fn",
             "public static", "private", "new", "struct", "enum", "int", "float", "bool", "void",
             "unsigned", "SELECT", "FROM", "WHERE", "assert", "raise", "not", "in", "lambda")
_VALUES = ("None", "True", "False", "null", "true", "false", "self", "this", "[]", "{}", "()", '""',
           "0", "1", "-1", "nullptr", "NaN")
_COMMANDS = ("git", "ls -la", "cd", "pip install", "sudo apt-get install", "python", "python3 -m",
             "make", "docker run --rm", "ssh", "scp", "grep -rn", "curl -sSL", "tar xzf", "npm run",
             "cargo build", "chmod +x", "export", "cat", "rm -rf", "mkdir -p", "kubectl get", "./")
_LEVELS = ("INFO", "WARNING", "ERROR", "DEBUG", "WARN", "FATAL", "TRACE", "info", "error")
_ENDINGS = ("py", "txt", "png", "jpg", "pdf", "yaml", "json", "cpp", "h", "js", "ts", "html", "css",
            "md", "csv", "tar.gz", "log", "xlsx", "docx", "exe", "sh", "rs", "go", "java", "sql")
_ROOTS = ("/usr/local/", "/home/", "~/", "./", "../", "/var/log/", "/etc/", "C:\\Users\\", "D:\\",
          "C:\\Program Files\\", "/tmp/", "src/", "file:///", "\\\\server\\")
_MENU = ("File|Edit|View|Insert|Format|Tools|Help|Window|Open|Open...|Save|Save As...|Save as…|"
         "Close|Cancel|OK|Apply|Next >|< Back|Finish|Yes|No|Undo|Redo|Cut|Copy|Paste|Select All|"
         "Find|Replace|Print|Settings|Preferences|Options|Log in|Sign up|Sign out|Search|Share|"
         "Download|Upload|Delete|Rename|Properties|Home|Back|Refresh|New Tab|Bookmarks|History|"
         "Datei|Bearbeiten|Ansicht|Extras|Hilfe|Speichern|Abbrechen|Fichier|Édition|Affichage|"
         "Annuler|Enregistrer|Archivo|Editar|Guardar|Cancelar|Modifica|Annulla|Zapisz|Anuluj|Uložit"
         ).split("|")
_KEYS = ("Ctrl+C", "Ctrl+V", "Ctrl+Shift+S", "Alt+F4", "F5", "⌘S", "Shift+F10", "Ctrl+Alt+Del",
         "Esc", "Tab", "Enter", "Strg+C", "Ctrl++", "Ctrl+-", "Win+R")


class ScreenLines:
    """Draws one line of what screens show."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        makers: list[tuple[Callable[[Dice], str], float]] = [
            (self._statement, 24), (self._call, 10), (self._comment, 5), (self._setting, 10),
            (self._path, 10), (self._shell, 8), (self._log, 6), (self._address, 8),
            (self._menu, 8), (self._markup, 5), (self._handle, 4), (self._name, 6),
            (self._notice, 6)]
        self._makers: Weighted = Weighted([m for m, _ in makers], [w for _, w in makers])

    def draw(self, dice: Dice) -> str:
        return str(self._makers.pick(dice)(dice))

    def _word(self, dice: Dice) -> str:
        word = "".join(c for c in self._corpus.words(dice, 1, 1) if c.isascii() and c.isalnum())
        return word.lower()[:12] or "x"

    def _text(self, dice: Dice) -> str:
        return self._corpus.words(dice, 1, 6)

    def _name(self, dice: Dice) -> str:
        """An identifier, in one of the ways they are joined."""
        words = [self._word(dice) for _ in range(dice.pick((1, 1, 2, 2, 3)))]
        style = dice.u()
        if style < 0.5:
            name = "_".join(words)
        elif style < 0.65:
            name = words[0] + "".join(w.title() for w in words[1:])
        elif style < 0.78:
            name = "".join(w.title() for w in words)
        elif style < 0.88:
            name = "_".join(words).upper()
        else:
            name = "-".join(words)
        return dice.pick((name, name, name, name, f"_{name}", f"__{name}__", f"{name}_",
                          f"{name}{digits(dice, 1, 2)}", f"${name}", f"--{name}"))

    def _value(self, dice: Dice) -> str:
        style = dice.u()
        if style < 0.25:
            return dice.pick(_VALUES)
        if style < 0.5:
            quote = dice.pick(("'", '"', '"', "`"))
            return f"{quote}{self._text(dice) if dice.u() < 0.5 else self._name(dice)}{quote}"
        if style < 0.65:
            return dice.pick((digits(dice, 1, 4), f"{dice.between(0, 9):.2f}", "0x" + "".join(
                dice.pick("0123456789abcdef") for _ in range(dice.integer(2, 8)))))
        if style < 0.75:
            return f"{self._name(dice)}[{dice.pick((digits(dice, 1, 2), self._name(dice), ':-1'))}]"
        return self._name(dice)

    def _call(self, dice: Dice) -> str:
        made = f"{self._name(dice)}{dice.pick(('.', '.', '::', '->'))}" if dice.u() < 0.4 else ""
        inside = ", ".join(
            f"{self._name(dice)}={self._value(dice)}" if dice.u() < 0.3 else self._value(dice)
            for _ in range(dice.integer(0, 2)))
        return f"{made}{self._name(dice)}({inside}){dice.pick(('', '', '', ';', ':', ' {', ','))}"

    def _statement(self, dice: Dice) -> str:
        sign = dice.pick(("=", "=", "=", "==", "!=", "+=", "<=", ">", "->", ":=", "=>", "&&", "||",
                          "in", "+", "-", "*", "/", "%", "|", "is not", ": str =", ": int ="))
        right = self._call(dice) if dice.u() < 0.3 else self._value(dice)
        line = f"{self._name(dice)} {sign} {right}"
        if dice.u() < 0.4:
            line = f"{dice.pick(_KEYWORDS)} {line}"
        return line + dice.pick(("", "", "", "", ";", ":", " {", ",", ")", " }", "]"))

    def _comment(self, dice: Dice) -> str:
        lead = dice.pick(("# ", "// ", "/* ", "-- ", '"""', "* ", "% ", "TODO: ", "> "))
        return lead + self._text(dice) + (" */" if lead == "/* " else "")

    def _setting(self, dice: Dice) -> str:
        name, value = self._name(dice), self._value(dice)
        return dice.pick((f"{name}: {value}", f"{name}={value}", f'"{name}": {value},',
                          f"{name} = {value}", f"- {name}: {value}", f"[{name}]", f"{name}:",
                          f"export {name}={value}", f"'{name}': {value},", f"{{{name}: {value}}}"))

    def _path(self, dice: Dice) -> str:
        root = dice.pick(_ROOTS)
        joint = "\\" if "\\" in root else "/"
        parts = [self._name(dice) for _ in range(dice.integer(1, 3))]
        path = f"{root if dice.u() < 0.7 else ''}{joint.join(parts)}"
        return path + (f".{dice.pick(_ENDINGS)}" if dice.u() < 0.7 else joint)

    def _shell(self, dice: Dice) -> str:
        prompt = dice.pick(("$ ", "$ ", "# ", "> ", "", ">>> ", "C:\\> ",
                            f"{self._word(dice)}@{self._word(dice)}:~$ "))
        more = " ".join(dice.pick((self._path, self._name, self._value))(dice)
                        for _ in range(dice.integer(1, 2)))
        return f"{prompt}{dice.pick(_COMMANDS)} {more}"

    def _log(self, dice: Dice) -> str:
        level = dice.pick(_LEVELS)
        return dice.pick((
            f"{when(dice)} {level} {self._name(dice)}: {self._text(dice)}",
            f"[{level}] {self._text(dice)}", f"{level}: {self._text(dice)} ({self._path(dice)})",
            f"  File \"{self._path(dice)}\", line {digits(dice, 1, 3)}, in {self._name(dice)}",
            f"{self._word(dice).title()}Error: {self._value(dice)}",
            f"[{digits(dice, 2, 2)}:{digits(dice, 2, 2)}:{digits(dice, 2, 2)}] {self._text(dice)}",
            f"{self._path(dice)}:{digits(dice, 1, 3)}:{digits(dice, 1, 2)}: {self._text(dice)}"))

    def _address(self, dice: Dice) -> str:
        if dice.u() < 0.4:
            return mail(dice)
        host = f"{self._word(dice)}{dice.pick(('.com', '.org', '.de', '.co.uk', '.io', '.fr'))}"
        rest = "/".join(self._name(dice) for _ in range(dice.integer(0, 2)))
        query = f"?{self._word(dice)}={digits(dice, 1, 5)}" if dice.u() < 0.3 else ""
        return dice.pick((f"https://{host}/{rest}{query}", f"http://www.{host}/{rest}",
                          f"{self._word(dice)}_{self._word(dice)}@{host}", f"localhost:80{rest}",
                          f"http://{'.'.join(digits(dice, 1, 3) for _ in range(4))}:8080/"))

    def _menu(self, dice: Dice) -> str:
        style = dice.u()
        if style < 0.35:
            return dice.pick(_MENU)
        if style < 0.6:
            return "   ".join(dice.pick(_MENU) for _ in range(dice.integer(2, 5)))
        if style < 0.8:
            return f"{dice.pick(_MENU)}{' ' * dice.integer(2, 9)}{dice.pick(_KEYS)}"
        joint = dice.pick((" > ", " / ", " | ", " » ", " · ", " → ", " → ", " › "))
        return joint.join(dice.pick(_MENU) for _ in range(dice.integer(2, 3)))

    def _markup(self, dice: Dice) -> str:
        tag, text = dice.pick(("div", "p", "a", "span", "td", "li", "h1", "b")), self._text(dice)
        return dice.pick((f"<{tag}>{text}</{tag}>", f'<{tag} class="{self._name(dice)}">',
                          f"</{tag}>", f"\\{self._word(dice)}{{{text}}}", f"**{text}**",
                          f"`{text}`", f"[{text}]({self._path(dice)})", f"## {text}",
                          f"{{{{ {tag} }}}}"))

    def _handle(self, dice: Dice) -> str:
        name = f"{self._word(dice)}_{self._word(dice)}"
        return dice.pick((f"@{name}", f"#{self._word(dice)}", f"{name}{digits(dice, 1, 3)}",
                          f"@{self._word(dice)} {self._text(dice)}",
                          f"{self._text(dice)} #{self._word(dice)}"))

    def _notice(self, dice: Dice) -> str:
        n, m = digits(dice, 1, 3), digits(dice, 1, 4)
        return dice.pick((
            f"{n} of {m} items selected", f"Size: {number(dice)} KB", f"{percent(dice)} complete",
            f"{dice.integer(1, 59)} min ago · {n} replies", f"Modified: {date(dice)}",
            f"Page {n} of {m}", f"{n}.{n}.{m}", f"Ln {n}, Col {m}", f"{n} x {m} px",
            f"UTF-8   {n}:{m}", f"{self._text(dice)}? [y/N]", f"({n}/{m})",
            f"Version {n[0]}.{m[0]}.{n[-1]}"))
