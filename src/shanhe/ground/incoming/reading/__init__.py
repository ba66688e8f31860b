"""Files from outside are opened by a process of their own, which may not take long nor much memory."""
