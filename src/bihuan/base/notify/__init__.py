"""通知: in-page messages made from the outbox; a message names the thing, which is fetched under the reader's scope."""

from bihuan.base.notify.actions import acknowledge, deliver, mark_read, tell
from bihuan.base.notify.model import MESSAGE, Message
from bihuan.base.notify.queries import inbox, unread
from bihuan.base.notify.words import WORDS

__all__ = ["MESSAGE", "WORDS", "Message", "acknowledge", "deliver", "inbox", "mark_read", "tell", "unread"]
