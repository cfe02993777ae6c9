"""一网统管: the pages of those who supervise. Importing this registers their doors.

The order is that of the route table: an address that takes any word (`/regulator/{app}`) comes last.
"""

# ruff: noqa: F401, I001

from __future__ import annotations

import bihuan.ends.regulator.home
import bihuan.ends.regulator.duties
import bihuan.ends.regulator.noting
import bihuan.ends.regulator.findings
import bihuan.ends.regulator.cases
import bihuan.ends.regulator.bulk_dispatch
import bihuan.ends.regulator.case_page
import bihuan.ends.regulator.documents
import bihuan.ends.regulator.draws
import bihuan.ends.regulator.visits
import bihuan.ends.regulator.applications
import bihuan.ends.regulator.application_page
import bihuan.ends.regulator.certificates
import bihuan.ends.regulator.parties
import bihuan.ends.regulator.places_map
import bihuan.ends.regulator.subject_page
import bihuan.ends.regulator.rules
import bihuan.ends.regulator.indicator
import bihuan.ends.regulator.stores
import bihuan.ends.regulator.find
import bihuan.ends.regulator.messages
import bihuan.ends.regulator.watched
