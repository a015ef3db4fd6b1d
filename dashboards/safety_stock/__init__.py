"""Safety stock: the levels in force, one series in full, and changing what they aim at.

- Looking: `page` shows `levels_view` (the list, `queries`), `series_view` (one series; `charts`, `explanation`).
- Changing, all into one draft (`drafts`): by rows (`rows_view`), cells (`cells_view`), a rule (`change_view`,
  `term_view`) or a spreadsheet (`sheet_view`, `sheet`, `sheet_files`).
- What a change does: `policy` reckons it over the `assortment`, `what_if_view` shows it and saves it.
- Its way into force: `review_view`, `versions_view`.
"""
