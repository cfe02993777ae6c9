"""What a page is handed: who asks, in which language, through which session; and how it answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bihuan import __version__
from bihuan.base.catalog import House
from bihuan.base.clock import iso
from bihuan.base.db import Reader, Writer
from bihuan.base.errors import BihuanError, Fault, Invalid, Words
from bihuan.base.identity import LoggedIn, areas, csrf_token, person_label
from bihuan.base.principal import PUBLIC, Principal
from bihuan.base.rules.wording import readable
from bihuan.ends.shared import words as spoken
from bihuan.ends.shared.rail import rail_for

Headers = Mapping[str, str]


@dataclass
class Page:
    """One request of a person, with everything its handler may use."""

    house: House
    request: Request
    lang: str
    logged_in: LoggedIn | None
    form: FormData = field(default_factory=FormData)
    told: str = ""
    """A sentence about what was just done, shown once."""

    @property
    def principal(self) -> Principal:
        """Who asks; the public when nobody is logged in."""
        return PUBLIC if self.logged_in is None else self.logged_in.principal

    @property
    def session(self) -> LoggedIn | None:
        """The session, for templates."""
        return self.logged_in

    @property
    def now(self) -> int:
        """The present instant, int us."""
        return self.house.db.clock.now()

    @property
    def reader(self) -> Reader:
        """A handle that sees what this person may see."""
        return self.house.db.reader(self.principal)

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """One transaction in this person's name."""
        with self.house.db.write(self.principal) as w:
            yield w

    def t(self, zh: str, en: str) -> str:
        """The words in the page's language."""
        return en if self.lang == "en" else zh

    def limit_name(self, name: str) -> str:
        """What a limit is called; its own name when no app names it."""
        words = next((app.limit_words[name] for app in self.house.apps.values() if name in app.limit_words), None)
        return name if words is None else self.say(words)

    def area_name(self, code: str) -> str:
        """The name of an area, or of the one in which it lies; its code when none is known."""
        known, here = {each.code: each.words for each in areas(self.reader)}, code
        while here and here not in known:
            here = here[:-1]
        return self.say(known[here]) if here else code or self.t("全部辖区", "everywhere")

    def say(self, words: Words) -> str:
        """Both-language words in the page's language."""
        return words.of(self.lang)

    def arg(self, name: str, default: str = "") -> str:
        """A value from the address."""
        return self.request.query_params.get(name, default)

    def path(self, name: str) -> str:
        """A value from the path."""
        return str(self.request.path_params[name])

    def field(self, name: str, default: str = "") -> str:
        """A text field of the form that was sent, trimmed."""
        value = self.form.get(name, default)
        return value.strip() if isinstance(value, str) else default

    def fields(self) -> dict[str, list[str]]:
        """All text fields of the form that was sent."""
        out: dict[str, list[str]] = {}
        for name, value in self.form.multi_items():
            if isinstance(value, str):
                out.setdefault(name, []).append(value)
        return out

    def uploads(self, name: str) -> list[tuple[str, bytes]]:
        """Files sent under a name: (file name, bytes), read before the handler runs; empty ones left out."""
        found = []
        for item in self.form.getlist(name):
            if isinstance(item, UploadFile) and item.filename:
                item.file.seek(0)
                found.append((item.filename, item.file.read()))
        return found

    @property
    def person_name(self) -> str:
        """How the page greets the person."""
        who = self.principal
        if who.person is not None and who.grants:
            return person_label(self.reader, who.person)  # officers sign what they print
        return who.name or self.t("本人", "You")

    @property
    def other_language_url(self) -> str:
        """The same page in the other language."""
        query = [(k, v) for k, v in self.request.query_params.multi_items() if k != "lang"]
        query.append(("lang", "zh" if self.lang == "en" else "en"))
        return f"{self.request.url.path}?{urlencode(query)}"

    def url(self, **changes: str | int | None) -> str:
        """This page with other values in its address; None takes a value out."""
        query = {k: v for k, v in self.request.query_params.items() if k != "lang"}
        for name, value in changes.items():
            if value is None:
                query.pop(name, None)
            else:
                query[name] = str(value)
        return f"{self.request.url.path}?{urlencode(query)}" if query else self.request.url.path

    @property
    def csrf(self) -> Markup:
        """The hidden field that every form carries."""
        token = "" if self.logged_in is None else csrf_token(self.logged_in.session)
        return Markup('<input type="hidden" name="csrf" value="{}">').format(token)

    def render(self, template: str, status: int = 200, headers: Headers | None = None, **values: Any) -> Response:
        """An HTML answer from a template, in the person's language."""
        html = environment().get_template(template).render(
            page=self, lang=self.lang, t=self.t, say=self.say, csrf=self.csrf, version=__version__, now=self.now, now_iso=iso(self.now),
            when=lambda at, **kw: spoken.when(at, self.now, self.lang, **kw),
            due=lambda at, **kw: spoken.due(at, self.now, self.lang, **kw),
            stamp=lambda at: spoken.stamp(at), **rail_for(self), **values,
        )  # fmt: skip
        return HTMLResponse(html, status, dict(headers or {}))

    def go(self, url: str, told: str = "") -> Response:
        """On to another page after something was done; `told` is shown there once."""
        answer = RedirectResponse(url, 303)
        if told:
            answer.set_cookie("told", urlencode({"t": told}), max_age=30, httponly=True, samesite="lax")
        return answer

    def file(self, data: bytes, name: str, media: str) -> Response:
        """A download; its name is told in ASCII and UTF-8."""
        quoted = urlencode({"": name})[1:].replace("+", "%20")
        disposition = f"attachment; filename=\"download\"; filename*=UTF-8''{quoted}"
        return Response(data, media_type=media, headers={"Content-Disposition": disposition})

    def wrong(self, error: BihuanError) -> dict[str, Any]:
        """What a form page shows of a refusal: the sentence on top, and the faults by field."""
        by_field: dict[str, list[str]] = {}
        for fault in error.faults:
            by_field.setdefault(fault.path, []).append(self.say(fault.words))
        return {"error": self.say(error.words), "faults": by_field}

    def require(self, name: str, zh: str, en: str) -> str:
        """A form field that must be filled; Invalid names it."""
        value = self.field(name)
        if not value:
            words = Words(f"请填写“{zh}”。", f"Fill in “{en}”.")
            raise Invalid(words.zh, words.en, faults=[Fault(name, "required", words)])
        return value

    def pages(self, total: int, size: int = 50) -> tuple[int, int, Sequence[int]]:
        """Page number asked for, offset, and all page numbers of a list of `total` rows."""
        last = max(1, -(-total // size))
        asked = self.arg("page", "1")
        number = min(max(1, int(asked) if asked.isdecimal() else 1), last)
        return number, (number - 1) * size, range(1, last + 1)


_ENVIRONMENTS: dict[str, Environment] = {}


def use_templates(*folders: str) -> None:
    """Name the folders that templates come from; called once by the web front."""
    made = Environment(
        loader=FileSystemLoader(list(folders)),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["kilos"] = spoken.kilos
    made.filters["plain"] = _plain
    made.filters["country"] = spoken.country
    made.filters["dated"] = spoken.dated
    made.filters["one_side"] = spoken.one_side
    _ENVIRONMENTS["web"] = made


@pass_context
def _plain(context: Context, sentence: str) -> str:
    """A reason as people read it, in the words of the page that shows it."""
    page: Page = context["page"]
    return readable(spoken.plain(sentence), page.limit_name, page.area_name)


def environment() -> Environment:
    """The template environment."""
    return _ENVIRONMENTS["web"]
