"""What ``run`` is made of. The set-up half needs only the standard library; the rest runs inside the environment."""
