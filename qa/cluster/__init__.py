"""Reading, cutting and embedding over a Ray cluster; what comes of it is written by one process."""
