"""A library in Milvus: many machines may ask it while one of them indexes."""
