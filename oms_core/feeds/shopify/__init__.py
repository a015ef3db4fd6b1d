"""Shopify's REST order JSON: `reading` streams a file, `order` says what one order means.

Belongs here: this one format. Does not belong here: values (`values`), screening of JSON (`screening_json`).
"""
