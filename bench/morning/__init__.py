"""A registration morning: invented students wish for real sections, in waves, and everything is counted afterwards."""
