{{ config(tags=['ground'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_inventory_postings'}}}) }}

{# By record type: its model, the model's id of a row and how it is made, and the columns that two statements may not
    differ in. #}
{% set stated = [
    ('stock_movements', 'movement_id', ["'movement'", 'location_id', 'movement_ref', 'line_ref'],
     ['kind', 'sku', 'quantity', 'order_ref', 'order_line_ref', 'counterparty_location_id', 'po_ref']),
    ('stock_counts', 'movement_id', ["'count'", 'location_id', 'count_ref', 'sku'], ['counted_quantity']),
    ('order_events', 'event_id', ['source_id', 'event_ref'], ['event_type', 'quantity', 'location_id']),
    ('acknowledgements', 'acknowledgement_id', ['partner_id', 'acknowledgement_ref'], ['document_ref', 'status']),
] %}

{% for name, id, key, columns in stated %}
select '{{ name }}' as record_type, counts.{{ id }} as fact_id, later.file_sha256, later.row_number
from (
    select *, {{ concat_id(key) }} as fact_id
    from {{ source('raw', name) }}
    {% if not is_whole_build() %}where load_number > {{ built_load() }}{% endif %}
) as later
inner join {{ ref('stg_' ~ name) }} as counts on later.fact_id = counts.{{ id }}
where
    {%- for column in columns %}
    {{ 'or ' if not loop.first }}later.{{ column }} is distinct from counts.{{ column }}
    {%- endfor %}
{{ 'union all' if not loop.last }}
{% endfor %}
