"""Files on any record: what may be kept, where it lies, who opened it. Knows records by pointer only."""
