"""The people page: who may use the pages, for what, and who did what."""
