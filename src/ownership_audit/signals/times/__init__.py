"""Promised times: the words of a sentence that say by when, read as days, clock times or lengths of time.

What can be read in two ways has the later reading, because a finding must be certain; what is not
definite ("soon", "next sprint", "in 9.1") is no time. No calendar is known here.
"""

from ownership_audit.signals.times.find import find_time, mentions_time
from ownership_audit.signals.times.model import END_OF_DAY, PromisedTime

__all__ = ["END_OF_DAY", "PromisedTime", "find_time", "mentions_time"]
