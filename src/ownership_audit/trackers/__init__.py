"""One module a tracker: its native payload to timelines, and the few writes. None knows another."""
