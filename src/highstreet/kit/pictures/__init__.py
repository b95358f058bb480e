"""Pictures that strangers send: decoded in a process of their own, cut to what pages show, stripped of all else."""
