{{ config(tags=['ground'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_inventory_postings'}}}) }}

{# By record type: what tells its facts apart as the model has it, and as it is made of what is landed; and the columns that
    two statements may not differ in. #}
{% set movement = concat_id(['location_id', 'movement_ref', 'line_ref', numbered_by()]) %}
{% set stated = [
    ('stock_movements', movement, movement,
     ['kind', 'sku', 'quantity', 'order_ref', 'order_line_ref', 'counterparty_location_id', 'po_ref']),
    ('stock_counts', 'movement_id', concat_id(["'count'", 'location_id', 'count_ref', 'sku']), ['counted_quantity']),
    ('order_events', 'event_id', concat_id(['source_id', 'event_ref']), ['event_type', 'quantity', 'location_id']),
    ('acknowledgements', 'acknowledgement_id', concat_id(['partner_id', 'acknowledgement_ref']), ['document_ref', 'status']),
] %}

{% set fresh = 'true' if is_whole_build() else 'load_number > ' ~ built_load() %}
{% for name, known_as, stated_as, columns in stated %}
select
    '{{ name }}' as record_type, later.fact_id, later.file_sha256, later.row_number,
    {{ in_short('counts', columns) }} as counts_as,
    {{ in_short('later', columns) }} as stated_as
from (
    select *, {{ stated_as }} as fact_id
    from {{ source('raw', name) }} as stated
    where {{ fresh }} and {{ is_said_again('(select * from ' ~ ref('stg_' ~ name) ~ ' where ' ~ fresh ~ ')') }}
) as later
inner join (select *, {{ known_as }} as fact_id from {{ ref('stg_' ~ name) }} as known) as counts on later.fact_id = counts.fact_id
where
    {%- for column in columns %}
    {{ 'or ' if not loop.first }}later.{{ column }} is distinct from counts.{{ column }}
    {%- endfor %}
{{ 'union all' if not loop.last }}
{% endfor %}
