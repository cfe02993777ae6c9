"""An entry of the access log in words: what kind of thing was looked at, which one, and why."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from bihuan.base.cases import (
    APPLICATION,
    CASE,
    CERTIFICATE,
    DOCUMENT,
    application_table,
    case_table,
    certificate_table,
    document_table,
)
from bihuan.base.db import Scoped
from bihuan.base.errors import Words
from bihuan.base.files.model import FILE, file_table
from bihuan.base.identity import Access
from bihuan.base.rules.findings_model import FINDING, finding_table
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page

KINDS = {
    "page": Words("页面", "Page"),
    "export": Words("导出", "Export"),
    "log_in": Words("登录", "Log-in"),
    "step_up": Words("确认身份", "Step-up"),
    "person": Words("个人信息", "Personal data"),
    "organisation": Words("代表单位", "Acting for"),
    "record": Words("记录中的个人信息", "Personal data of a record"),
    "file": Words("附件", "File"),
    "data": Words("数据接口读取", "Read by interface"),
    "feed": Words("数据完整性", "Completeness"),
}
"""What the filter offers; whatever comes by a share of the interface is `share.…`."""
_SHARE = Words("数据共享", "Data share")
_PAGES = {
    "/regulator/cases/": Words("案件", "Case"),
    "/regulator/findings/": Words("问题", "Finding"),
    "/regulator/applications/": Words("办件", "Application"),
    "/regulator/certificates/": Words("证照", "Certificate"),
    "/regulator/documents/": Words("文书", "Document"),
    "/regulator/parties/": Words("主体", "Party"),
    "/regulator/subjects/": Words("货物", "Goods"),
    "/regulator/draws/": Words("抽查计划", "Random check plan"),
    "/regulator/visits/": Words("抽查任务", "Visit"),
    "/regulator/{app}/indicator/proof": Words("指标证明文件", "Proof of a figure"),
    "/regulator/{app}/indicator": Words("指标", "Figures"),
    "/regulator/{app}/rules": Words("规则", "Rules"),
    "/regulator/{app}/stores": Words("各库情况", "Store by store"),
    "/regulator/{app}": Words("集装箱与批次清单", "List of containers and lots"),
    "/records/{ref}/raw": Words("原始报文", "Bytes of a record"),
    "/records/{ref}/receipt": Words("存证凭证", "Receipt"),
    "/records/": Words("记录", "Record"),
    "/files/": Words("附件", "File"),
    "/quarantine/": Words("待处理报文", "Quarantined item"),
    "/cases/": Words("案件", "Case"),
    "/applications/": Words("办件", "Application"),
    "/admin/people/": Words("人员", "Person"),
    "/admin/organisations/": Words("单位", "Organisation"),
    "/admin/quarantine/": Words("待处理报文", "Quarantined item"),
    "/admin/avoidances/": Words("回避登记", "Avoidance"),
    "/enterprise/cases/": Words("整改案件", "Case of the firm"),
    "/enterprise/applications/new/": Words("申请表", "Application form"),
    "/enterprise/applications/": Words("办件", "Application"),
    "/enterprise/certificates/": Words("证照", "Certificate"),
    "/enterprise/documents/": Words("文书", "Document"),
    "/enterprise/subjects/": Words("货物", "Goods"),
    "/enterprise/bookings/": Words("预约", "Booking"),
    "/enterprise/gate/": Words("到库核验", "Gate"),
    "/enterprise/import": Words("表格导入", "Import"),
    "/enterprise/report/": Words("填报表", "Report form"),
    "/enterprise/records/": Words("记录", "Record"),
    "/enterprise/sent/": Words("报送回执", "Receipt of a report"),
    "/enterprise/vouchers/": Words("凭证", "Voucher"),
}
"""By the beginning of a page's address; the longest that fits."""
_LISTS = {
    "cases": Words("案件清单", "Cases"),
    "findings": Words("问题清单", "Findings"),
    "duties": Words("应办清单", "Duties"),
    "applications": Words("办件清单", "Applications"),
    "people": Words("人员清单", "People"),
    "organisations": Words("单位清单", "Organisations"),
    "places": Words("场所清单", "Places"),
    "areas": Words("辖区清单", "Areas"),
    "roles": Words("角色清单", "Roles"),
    "limits": Words("限值清单", "Limits"),
    "feeds": Words("数据完整性清单", "Completeness"),
    "quarantine": Words("待处理清单", "Quarantine"),
    "access-log": Words("查阅日志", "Access log"),
    "admin-log": Words("管理日志", "Administrators' log"),
    "goods": Words("货物清单", "Goods"),
    "bookings": Words("预约清单", "Bookings"),
    "records": Words("记录清单", "Records"),
    "stores": Words("各库清单", "Stores"),
}
_WHYS = {
    "log-in": Words("登录成功", "Logged in"),
    "refused": Words("未通过", "Refused"),
    "step-up": Words("确认身份", "Step-up"),
    "page": Words("打开页面", "Page opened"),
    "shown": Words("查看", "Shown"),
    "act for": Words("切换代表单位", "Chose whom to act for"),
    "token": Words("持令牌读取", "Read with a token"),
    "csv": Words("导出为 CSV", "Taken out as CSV"),
    "json": Words("导出为 JSON", "Taken out as JSON"),
}
_FIELDS = {
    "name": Words("姓名", "name"), "phone": Words("电话", "phone"), "email": Words("邮箱", "e-mail"),
    "id_number": Words("证件号", "identity number"),
}  # fmt: skip
_NUMBERED: dict[str, tuple[sa.Table, Scoped, str]] = {
    "case-": (case_table, CASE, "/regulator/cases/"),
    "fnd-": (finding_table, FINDING, "/regulator/findings/"),
    "app-": (application_table, APPLICATION, "/regulator/applications/"),
    "cert-": (certificate_table, CERTIFICATE, "/regulator/certificates/"),
    "doc-": (document_table, DOCUMENT, "/regulator/documents/"),
}
"""Things with a number that people say, by how their ids begin: table, scope, page."""


@dataclass
class LookedAt:
    """Entries of one page of the log, in its language; what is out of the reader's scope keeps its id."""

    page: Page
    names: Names

    def kind(self, entry: Access) -> str:
        """What kind of thing it was."""
        if entry.why == "page":
            fits = [start for start in _PAGES if entry.kind.startswith(start)]
            said = _PAGES[max(fits, key=len)] if fits else KINDS["page"]
            return f"{self.page.say(KINDS['page'])}{self.page.t('：', ': ')}{self.page.say(said)}"
        known = _SHARE if entry.kind.startswith("share.") else KINDS.get(entry.kind, Words(entry.kind, entry.kind))
        return self.page.say(known)

    def what(self, entry: Access) -> tuple[str, str]:
        """Which one, in words, and the address of its page; an empty address when there is none for administrators."""
        first, _, rest = entry.row.partition(" ")
        if entry.kind == "export":
            titles = {name: app.titles for name, app in self.page.house.apps.items()}
            said = _LISTS.get(entry.row) or titles.get(entry.row) or Words(entry.row, entry.row)
            return self.page.say(said), ""
        if first.startswith("per-"):
            return self.names.person(first), f"/admin/people/{first}"
        if first.startswith("org-"):
            return self.names.party(first), f"/admin/organisations/{first}"
        for start, (table, scoped, path) in _NUMBERED.items():
            if first.startswith(start):
                number = self.page.reader.scalar(sa.select(table.c.number).where(table.c.id == first), scoped)
                return (str(number), path + first) if number is not None else (first, "")
        if first.startswith("file-"):
            return str(self.page.reader.scalar(sa.select(file_table.c.name).where(file_table.c.id == first), FILE) or first), ""
        if ":" in first and self.page.house.app_of_subject(first.partition(":")[0]) is not None:
            return self.names.subject(entry.row), ""
        if first in self.page.house.apps:
            rule = self.names.rule(rest) if rest in self.names.rules else rest
            return f"{self.page.say(self.page.house.apps[first].titles)} {rule}".strip(), ""
        if entry.kind == "log_in" and entry.why == "refused":
            return self.page.t("未知账号", "an unknown name"), ""
        return entry.row, ""

    def who(self, entry: Access) -> str:
        """Who looked."""
        if entry.principal.startswith("system:"):
            return self.page.t("登录前的访客", "somebody not logged in") if entry.kind == "log_in" else self.names.actor(entry.principal)
        if entry.principal.startswith("tok-"):
            return self.page.t("接口令牌", "a token of the interface")
        return self.names.actor(entry.principal)

    def why(self, entry: Access) -> str:
        """The reason, with the fields of a person in words."""
        if entry.why in _WHYS:
            return self.page.say(_WHYS[entry.why])
        reason, opening, fields = entry.why.rpartition(" (")
        if entry.kind == "person" and opening and fields.endswith(")"):
            each = [self.page.say(_FIELDS.get(name, Words(name, name))) for name in fields[:-1].split(", ")]
            return self.page.t(f"{reason}（{'、'.join(each)}）", f"{reason} ({', '.join(each)})")
        if entry.why.startswith("erase: "):
            return self.page.t("删除：", "erased: ") + entry.why.removeprefix("erase: ")
        return entry.why
