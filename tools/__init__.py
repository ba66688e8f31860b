"""What ``run`` is made of.

``commands``, ``setup`` and what they import need only the standard library, since they make the environment;
the other modules are run inside it.
"""
