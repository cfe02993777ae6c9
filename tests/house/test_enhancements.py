"""What scripts add to a page, tried in a browser: keyboard, drafts, single submission, times, files, sessions."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Route, expect

BUNDLE = Path(__file__).resolve().parent.parent.parent / "src" / "bihuan" / "ends" / "static" / "bundle"
SITE = "http://bihuan.test"

Show = Callable[[str], Page]


class Site:
    """Answers the page's requests from a table, and keeps what was posted."""

    def __init__(self, context: BrowserContext) -> None:
        self.body = ""
        self.attributes = 'lang="zh"'
        self.posted: list[tuple[str, str]] = []
        self.status: dict[str, int] = {}
        self.held: list[Route] = []
        self.hold = False
        context.route(f"{SITE}/**", self.answer)

    def answer(self, route: Route) -> None:
        request = route.request
        path = request.url.removeprefix(SITE)
        if path.startswith("/bundle/"):
            route.fulfill(path=BUNDLE / path.removeprefix("/bundle/"))
        elif request.method == "POST":
            self.posted.append((path, request.post_data or ""))
            if self.hold:
                self.held.append(route)
            else:
                route.fulfill(status=self.status.get(path, 200), body="<p id=answer>收到</p>", content_type="text/html")
        elif path == "/":
            route.fulfill(content_type="text/html; charset=utf-8", body=self.page())
        else:
            route.fulfill(content_type="text/html; charset=utf-8", body=f"<h1>{path}</h1>")

    def page(self) -> str:
        return (
            f"<!doctype html><html {self.attributes}><head><title>t</title>"
            "<script src=/bundle/htmx.min.js></script><script defer src=/bundle/app.js></script></head>"
            f"<body>{self.body}</body></html>"
        )


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(timezone_id="America/New_York", locale="zh-CN")
    yield opened
    opened.unroute_all(behavior="ignoreErrors")
    opened.close()


@pytest.fixture
def site(context: BrowserContext) -> Site:
    return Site(context)


@pytest.fixture
def show(context: BrowserContext, site: Site) -> Show:
    def open_page(body: str) -> Page:
        site.body = body
        page = context.new_page()
        page.goto(f"{SITE}/")
        return page

    return open_page


def test_slash_goes_to_the_search_box_but_types_in_a_field(show: Show) -> None:
    page = show("<input type=search name=q><input id=note>")
    page.keyboard.press("/")
    expect(page.locator("[name=q]")).to_be_focused()
    expect(page.locator("[name=q]")).to_have_value("")
    page.locator("#note").press("/")
    expect(page.locator("#note")).to_have_value("/")


def test_worklist_by_keyboard_alone(show: Show) -> None:
    rows = "".join(f"<tr><td><input type=checkbox id=c{n}><td><a href=/case/{n}>{n}</a>" for n in (1, 2, 3))
    page = show(f"<table data-worklist><tbody>{rows}</tbody></table>")
    for key in "jjkj":
        page.keyboard.press(key)
    expect(page.locator("tr[aria-current=true]")).to_have_text("2")
    page.keyboard.press("x")
    expect(page.locator("#c2")).to_be_checked()
    expect(page.locator("#c1")).not_to_be_checked()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{SITE}/case/2")


THRICE = "() => { const b = document.querySelector('button'); b.click(); b.click(); b.form.requestSubmit(b) }"


@pytest.mark.parametrize("how", ["method=post action=/report", "hx-post=/report hx-target=body"])
def test_a_form_is_sent_once(show: Show, site: Site, how: str) -> None:
    page = show(f"<form {how}><input name=kg value=5><button name=do value=confirm>确认入库</button></form>")
    page.evaluate(THRICE)
    expect(page.locator("#answer")).to_be_visible()
    assert len(site.posted) == 1
    # The pressed button is part of what is sent, although it was disabled at once.
    assert parse_qs(site.posted[0][1]) == {"kg": ["5"], "do": ["confirm"]}


def test_buttons_rest_until_the_answer_comes(show: Show, site: Site) -> None:
    site.hold = True
    page = show("<form hx-post=/report hx-swap=none><button>确认入库</button></form>")
    page.locator("button").click()
    expect(page.locator("button")).to_be_disabled()
    for route in site.held:
        route.fulfill(body="ok")
    expect(page.locator("button")).to_be_enabled()


def test_enter_that_chooses_a_word_does_not_send(show: Show, site: Site) -> None:
    page = show("<form method=post action=/report><input id=name name=name><button>确认</button></form>")
    client = page.context.new_cdp_session(page)
    page.locator("#name").focus()
    client.send("Input.imeSetComposition", {"text": "dongxia", "selectionStart": 7, "selectionEnd": 7})
    page.evaluate("() => document.forms[0].requestSubmit()")
    prevented = page.evaluate(
        "() => !document.querySelector('#name').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    assert prevented
    expect(page.locator("button")).to_be_enabled()
    client.send("Input.insertText", {"text": "冻虾"})
    assert site.posted == []
    page.locator("#name").press("Enter")
    page.wait_for_url(f"{SITE}/report")
    assert parse_qs(site.posted[0][1]) == {"name": ["冻虾"]}


DRAFT = """
<form method=post action=/report data-draft="p1:visit" data-draft-url=/draft>
  <input type=hidden name=csrf value=token>
  <input name=found><textarea name=note></textarea><input name=idcard data-private>
  <label><input type=checkbox name=sealed value=yes>封存</label>
  <button>提交现场记录</button>
</form>"""


def test_a_draft_is_saved_here_and_there_and_comes_back(show: Show, site: Site) -> None:
    page = show(DRAFT)
    page.locator("[name=found]").fill("温度 -12 ℃")
    page.locator("[name=sealed]").check()
    page.locator("[name=idcard]").fill("310101199001011234")
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已保存")
    assert site.posted[0][0] == "/draft"
    assert "token" in site.posted[0][1] and "-12" in site.posted[0][1]
    kept = json.loads(page.evaluate("() => localStorage.getItem('bihuan.draft.p1:visit')"))
    assert kept["fields"] == [["found", "温度 -12 ℃"], ["note", ""], ["sealed", "yes"]], "no token, no personal data"

    again = page.context.new_page()
    again.goto(f"{SITE}/")
    expect(again.locator("[name=found]")).to_have_value("温度 -12 ℃")
    expect(again.locator("[name=sealed]")).to_be_checked()
    expect(again.locator("[name=csrf]")).to_have_value("token")
    again.get_by_text("放弃草稿").click()
    expect(again.locator("[name=found]")).to_have_value("")
    expect(again.locator("[name=sealed]")).not_to_be_checked()
    assert again.evaluate("() => localStorage.length") == 0


def test_a_receipt_removes_the_draft(show: Show) -> None:
    page = show(DRAFT)
    page.evaluate("() => localStorage.setItem('bihuan.draft.p1:visit', '{}')")
    page = show("<p data-draft-done=p1:visit>回执</p>")
    assert page.evaluate("() => localStorage.length") == 0


def test_leaving_with_something_typed_asks_first(show: Show) -> None:
    page = show("<form method=post action=/report data-confirm-leave><input name=a></form><a href=/other>离开</a>")
    page.locator("input").type("x")
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    page.locator("a").click()
    page.wait_for_url(f"{SITE}/other")
    assert asked == ["beforeunload"]


def test_times_are_shanghai_time_and_stay_true(show: Show, site: Site) -> None:
    site.attributes = 'lang="zh" data-now="2026-11-24T14:00:00+08:00"'
    times = {
        "2026-11-24T14:20:00+08:00": ("", "今天 14:20"),
        "2026-11-23T16:20:00Z": ("", "今天 00:20"),
        "2026-11-23T23:59:00+08:00": ("", "昨天 23:59"),
        "2026-11-25T08:00:00+08:00": ("", "明天 08:00"),
        "2026-03-01T08:00:00+08:00": ("", "3月1日 08:00"),
        "2025-12-31T08:00:00+08:00": ("", "2025年12月31日 08:00"),
        "2026-11-24T17:10:30+08:00": ("data-due", "还剩 3 小时 10 分"),
        "2026-11-24T13:29:00+08:00": ("data-due", "超时 31 分"),
        "2026-11-22T13:00:00+08:00": ("data-due", "超时 2 天"),
    }
    page = show("".join(f'<p><time data-at {due} datetime="{at}">?</time></p>' for at, (due, _) in times.items()))
    expect(page.locator("time")).to_have_text([text for _, text in times.values()])
    assert page.locator("time.overdue").count() == 2
    assert page.locator("time").nth(1).get_attribute("title") == "2026-11-24 00:20:00 +08:00"
    site.attributes = 'lang="en" data-now="2026-11-24T14:00:00+08:00"'
    page.reload()
    expect(page.locator("time").nth(6)).to_have_text("3 h 10 min left")
    expect(page.locator("time").nth(8)).to_have_text("2 days overdue")


def test_an_expired_session_keeps_what_was_typed(show: Show, site: Site) -> None:
    site.attributes = 'lang="zh" data-login="/login?next=/"'
    site.status["/report"] = 401
    page = show(
        "<div id=box><form hx-post=/report hx-target=#box hx-swap=innerHTML><input name=a>"
        "<button>确认</button></form></div>"
    )
    page.locator("input").fill("冻虾 26 吨")
    page.locator("button").click()
    expect(page.get_by_role("alert")).to_contain_text("登录已过期")
    assert page.get_by_role("link", name="去登录").get_attribute("href") == "/login?next=/"
    expect(page.locator("input")).to_have_value("冻虾 26 吨")
    expect(page.locator("button")).to_be_enabled()
    site.status["/report"] = 200
    page.locator("button").click()
    expect(page.locator("#answer")).to_have_text("收到")
    assert len(site.posted) == 2


def test_files_are_dropped_and_the_wrong_kind_is_refused(show: Show) -> None:
    page = show("<label data-drop><input type=file name=f accept='.xlsx,image/*'><span data-drop-list></span></label>")
    drop = """([name, type]) => {
        const carried = new DataTransfer();
        carried.items.add(new File(['x'], name, {type}));
        const zone = document.querySelector('[data-drop]');
        zone.dispatchEvent(new DragEvent('drop', {dataTransfer: carried, bubbles: true}));
        return document.querySelector('input').files.length;
    }"""
    assert page.evaluate(drop, ["病毒.exe", "application/octet-stream"]) == 0
    expect(page.locator("[data-drop-list]")).to_have_text("不接受的文件类型：病毒.exe")
    assert page.evaluate(drop, ["入库.XLSX", ""]) == 1
    expect(page.locator("[data-drop-list]")).to_have_text("入库.XLSX")
