"""委托: which service agencies draft for the organisation, from when to when; they see its records and never sign."""

from __future__ import annotations

from starlette.responses import Response

from bihuan.base.errors import BihuanError, Invalid, Words
from bihuan.base.identity import end_engagement, engage_agency, engagements_of, organisation_by_uscc
from bihuan.ends.enterprise.mine import Mine
from bihuan.ends.shared.asking import Ask, Form, confirm_here, day_of, shown, typed
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door

HERE = "/enterprise/agencies"
_ASKS = (
    Ask("uscc", Words("服务机构的统一社会信用代码", "The agency's unified social credit code"), required=True),
    Ask("until", Words("委托至（含当日）", "Until (that day included)"), "date"),
)


@door("/enterprise/agencies", who="enterprise")
def listed(page: Page) -> Response:
    """The engagements, past and present, and the form to make one."""
    return _page(page)


@door("/enterprise/agencies", "POST", who="enterprise")
def engage(page: Page) -> Response:
    """Engage an agency from now on, with the password just given."""
    try:
        confirm_here(page)
        agency = organisation_by_uscc(page.reader, page.require("uscc", *_ASKS[0].words).upper())
        if agency is None:
            raise Invalid("没有登记这个统一社会信用代码的单位。", "No organisation is registered under this code.")
        with page.write() as w:
            engage_agency(w, Mine(page).party, agency, valid_to=day_of(page, "until", ends=True))
    except BihuanError as error:
        return _page(page, error)
    return page.go(HERE, page.t("已委托；该机构可代为起草，不能签署。", "Engaged: it may draft for you and never sign."))


@door("/enterprise/agencies/{engagement}/end", "POST", who="enterprise")
def end(page: Page) -> Response:
    """End an engagement now."""
    try:
        confirm_here(page)
        with page.write() as w:
            end_engagement(w, page.path("engagement"))
    except BihuanError as error:
        return _page(page, error)
    return page.go(HERE, page.t("委托已终止。", "The engagement has ended."))


def _page(page: Page, error: BihuanError | None = None) -> Response:
    mine = Mine(page)
    form = Form(HERE, Words("委托该机构", "Engage this agency"), _ASKS, binding=True)
    may = page.principal.agency is None and bool(page.principal.capabilities & {"manage", "principal"})
    return page.render(
        "enterprise/agencies.html",
        200 if error is None else error.status,
        rows=[(each, each.valid_to is None or each.valid_to > page.now) for each in engagements_of(page.reader, mine.party)],
        names=Names(page),
        may=may,
        one=shown(page, form, typed(page), error),
    )
